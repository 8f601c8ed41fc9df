"""Access to root fields: every root field for every kind of viewer, and for API keys with and without its scope."""

from collections.abc import Awaitable
from typing import Any

import pytest
from graphql import EnumValueNode, GraphQLField, ObjectTypeDefinitionNode, get_named_type, parse

from auth.viewers import Scope
from models import Role
from server import create_schema
from settings import Settings
from tests.api.test_sessions import new_session, supporter_id_of
from tests.support.access_matrix import (
    FORBIDDEN,
    ROLES,
    STAFF,
    UNAUTHENTICATED,
    AccessMatrix,
    Attempt,
    Outcomes,
    core,
    key,
    mutation,
    outcomes,
    query,
)
from tests.support.selections import object_types, whole
from tests.support.serving import serving, socket_of

pytestmark = pytest.mark.anyio

EVERYONE = outcomes("ok", "ok", "ok", "ok", "ok", "ok")
PEOPLE = outcomes(UNAUTHENTICATED, "ok", "ok", "ok", "ok", "ok")
ADMINS = outcomes(UNAUTHENTICATED, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, "ok")
ADMINS_IN_PERSON = ADMINS | {"INTEGRATOR": FORBIDDEN}
MODERATORS = outcomes(UNAUTHENTICATED, FORBIDDEN, FORBIDDEN, "ok", "ok", "ok")
CAMPAIGNERS = outcomes(UNAUTHENTICATED, FORBIDDEN, FORBIDDEN, FORBIDDEN, "ok", "ok")
WRITERS_OF_DRAFTS = outcomes("null", "null", "null", "null", "ok", "ok")
READERS_OF_DRAFTS = outcomes("NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "ok", "ok")
ITS_AUTHOR = outcomes(UNAUTHENTICATED, "ok", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN)
ITS_SIGNER = outcomes(UNAUTHENTICATED, "ok", *["NOT_FOUND"] * 4)
ITS_AUTHOR_AND_MODERATORS = outcomes(UNAUTHENTICATED, "ok", FORBIDDEN, "ok", "ok", "ok")


def create(matrix: AccessMatrix, role: str) -> Awaitable[str]:
    texts = {"title": "T", "callToAction": "C", "target": "T", "body": "B"}
    return matrix.mutate(role, "createCampaign", slug=f"by-{role.lower()}", **texts)


async def revoke(matrix: AccessMatrix, role: str) -> str:
    given = {"name": "Partner", "scopes": ["READ"]}
    made = await matrix.site.do("createApiKey", "apiKey { id }", matrix.tokens["ADMIN"], **given)
    return await matrix.mutate(role, "revokeApiKey", apiKeyId=made["apiKey"]["id"])


GIFT = {"providerReference": "pay-1", "money": {"amountMinor": 5000, "currency": "USD"}}


def record(matrix: AccessMatrix, role: str) -> Awaitable[str]:
    return matrix.mutate(role, "recordDonation", campaignId=matrix.campaign, **GIFT | {"providerReference": role})


async def correct(matrix: AccessMatrix, role: str) -> str:
    given = {"campaignId": matrix.campaign, **GIFT, "providerReference": f"for {role}"}
    made = await matrix.site.do("recordDonation", "donation { id }", matrix.tokens["ADMIN"], **given)
    other = {"amountMinor": 5000, "currency": "AUD"}
    return await matrix.mutate(
        role, "correctDonation", donationId=made["donation"]["id"], money=other, reason="Misread."
    )


async def report(matrix: AccessMatrix, role: str) -> str:
    return await matrix.mutate(role, "reportPartnerTally", **await tally(matrix))


async def decide(matrix: AccessMatrix, role: str) -> str:
    made = await matrix.site.do("reportPartnerTally", "tally { id }", matrix.tokens["ADMIN"], **await tally(matrix))
    return await matrix.mutate(role, "decidePartnerTally", tallyId=made["tally"]["id"], decision="ACCEPT")


async def tally(matrix: AccessMatrix) -> dict[str, Any]:
    """Return a report that waits for a decision, as a new partner's does."""
    about = {"campaignId": matrix.campaign}
    made = await matrix.site.do("addPartner", "partner { id }", matrix.tokens["ADMIN"], **about, name="Labor Forum")
    return about | {"partnerId": made["partner"]["id"], "signatures": 1_000_000, "asOf": "2026-03-01"}


def address(role: str) -> str:
    return f"{role.replace(' ', '.')}@example.org"


def sign(matrix: AccessMatrix, role: str) -> Awaitable[str]:
    given = {"givenName": "Katharina", "familyName": "Sommer", "email": address(role)}
    return matrix.mutate(role, "signPetition", campaignId=matrix.campaign, **given)


def previews(matrix: AccessMatrix, role: str) -> Awaitable[str]:
    text = """query($id: ID!) { namePreviews(campaignId: $id, name: { givenName: "Katharina" }) {
      nameDisplay displayName tickerName } }"""
    return matrix.query(role, text, id=matrix.campaign)


async def withdraw(matrix: AccessMatrix, role: str) -> str:
    """Only the author has a signature to withdraw."""
    await sign(matrix, "author")
    return await matrix.mutate(role, "withdrawSignature", campaignId=matrix.campaign)


async def link(matrix: AccessMatrix, role: str) -> str:
    """Return the token of a mailed link, which anyone who has the token may use."""
    matrix.campaign = await matrix.site.campaign(confirmSignatures=True)
    given = {"givenName": "Katharina", "email": f"of.{address(role)}"}
    await matrix.site.do("signPetition", "signature { id }", campaignId=matrix.campaign, **given)
    (mail,) = await matrix.site.mails(given["email"])
    return str(mail.text).partition("token=")[2].split()[0]


async def confirm(matrix: AccessMatrix, role: str) -> str:
    return await matrix.mutate(role, "confirmSignature", token=await link(matrix, role))


async def ask_again(matrix: AccessMatrix, role: str) -> str:
    """An e-mail address that was mailed just now gets no second mail, whoever asks."""
    return await matrix.mutate(role, "requestConfirmation", token=await link(matrix, role))


async def sign_in(matrix: AccessMatrix, role: str) -> str:
    """Create guests for this test, because the mutation ends the guest's token."""
    token = await matrix.site.guest() if role in ("author", "guest") else matrix.tokens[role]
    given = await matrix.site.code(address(role))
    return str((await matrix.site.do("signIn", "viewer { role }", token, **given)).get("code", "ok"))


async def erase(matrix: AccessMatrix, role: str) -> str:
    """Erase another person, created for this test."""
    found = await matrix.site.ask("{ viewer { supporter { id } } }", await matrix.site.guest())
    return await matrix.mutate(role, "eraseSupporter", supporterId=found["viewer"]["supporter"]["id"])


async def sign_out(matrix: AccessMatrix, role: str) -> str:
    """Use a token of its own, because the mutation ends the token."""
    token = matrix.tokens[role]
    if role in STAFF:
        token = await matrix.site.staff(Role(role))
    elif role in ("author", "guest", "SUPPORTER"):
        token = await matrix.site.guest()
    answer = await matrix.site.do("signOut", "viewer { role }", token, everywhere=True)
    return str(answer.get("code", "ok"))


async def refresh(matrix: AccessMatrix, role: str) -> str:
    """The refresh token alone decides on the session, whoever the viewer is."""
    author = str(matrix.tokens["author"])
    session = await new_session(matrix.site, await supporter_id_of(matrix.site, author))
    return await matrix.mutate(role, "refreshSession", refreshToken=session.refresh)


async def follow(matrix: AccessMatrix, role: str) -> str:
    """Follow a draft, from before its last event."""
    for title in ("One", "Two"):
        await matrix.site.do(
            "updateCampaign", "__typename", matrix.tokens["ADMIN"], campaignId=matrix.draft, title=title
        )
    listed = "query($id: ID!) { campaign(id: $id) { activity(kinds: [CAMPAIGN_CHANGED]) { edges { cursor } } } }"
    found = await matrix.site.ask(listed, matrix.tokens["ADMIN"], id=matrix.draft)
    after = found["campaign"]["activity"]["edges"][-1]["cursor"]
    event = whole(core(), "ActivityEvent")
    log = f"activity(campaignId: $id, kinds: [CAMPAIGN_CHANGED], after: $after) {{ {event} }}"
    text = f"subscription($id: ID!, $after: String) {{ {log} }}"
    return await first_message(matrix, role, text, id=matrix.draft, after=after)


def feel(matrix: AccessMatrix, role: str) -> Awaitable[str]:
    """Follow the counts of a draft."""
    text = f"subscription($id: ID!) {{ pulse(campaignId: $id) {{ {whole(core(), 'Pulse')} }} }}"
    return first_message(matrix, role, text, id=matrix.draft)


def attend(matrix: AccessMatrix, role: str) -> Awaitable[str]:
    """Follow the moderators' queue of all campaigns."""
    text = f"subscription {{ moderationQueue {{ {whole(core(), 'ModerationQueueChange')} }} }}"
    return first_message(matrix, role, text)


async def first_message(matrix: AccessMatrix, role: str, text: str, **variables: Any) -> str:
    """Subscribe, and return "ok", or the code of the first message's error."""
    async with serving(matrix.site) as address, socket_of(address, matrix.tokens[role]) as client:
        told = await client.run(text, **variables)
        message = await told.message()
        errors = message["payload"] if message["type"] == "error" else message["payload"].get("errors")
        return str(errors[0]["extensions"]["code"]) if errors else "ok"


def moderate_many(matrix: AccessMatrix, role: str) -> Awaitable[str]:
    return matrix.mutate(role, "moderateComments", target={"ids": [matrix.comment]}, decision="HOLD")


TABLE: dict[str, tuple[Attempt, Outcomes]] = {
    "Query.campaign": (query("query($id: ID!) { campaign(id: $id) { id } }", id="draft"), WRITERS_OF_DRAFTS),
    "Query.campaigns": (query("{ campaigns { totalCount } }"), EVERYONE),
    "Query.events": (
        query("query($id: ID!) { events(campaignId: $id) { nodes { id } } }", id="draft"),
        READERS_OF_DRAFTS,
    ),
    "Query.namePreviews": (previews, EVERYONE),
    "Query.service": (query("{ service { name version time signIn languages } }"), EVERYONE),
    "Query.viewer": (query("{ viewer { role } }"), EVERYONE),
    "Query.moderationQueue": (query("{ moderationQueue { totalCount } }"), MODERATORS),
    "Query.node": (query("query($id: ID!) { node(id: $id) { id } }", id="draft"), WRITERS_OF_DRAFTS),
    "Query.nodes": (query("query($id: ID!) { nodes(ids: [$id]) { id } }", id="draft"), WRITERS_OF_DRAFTS),
    "Query.rateLimit": (query("{ rateLimit { remaining } }"), EVERYONE),
    "Query.apiKeys": (query("{ apiKeys { totalCount } }"), ADMINS_IN_PERSON),
    "Subscription.activity": (follow, READERS_OF_DRAFTS),
    "Subscription.pulse": (feel, READERS_OF_DRAFTS),
    "Subscription.moderationQueue": (attend, MODERATORS),
    "Mutation.createApiKey": (mutation("createApiKey", name="Partner", scopes=["READ"]), ADMINS_IN_PERSON),
    "Mutation.revokeApiKey": (revoke, ADMINS_IN_PERSON),
    "Mutation.createCampaign": (create, CAMPAIGNERS),
    "Mutation.updateCampaign": (mutation("updateCampaign", "campaign", title="New"), CAMPAIGNERS),
    "Mutation.changeCampaignState": (mutation("changeCampaignState", "campaign", state="PAUSED"), CAMPAIGNERS),
    "Mutation.postUpdate": (mutation("postUpdate", "campaign", title="News", body="Good."), CAMPAIGNERS),
    "Mutation.addPartner": (mutation("addPartner", "campaign", name="Friends"), CAMPAIGNERS),
    "Mutation.reportPartnerTally": (report, CAMPAIGNERS),
    "Mutation.decidePartnerTally": (decide, CAMPAIGNERS),
    "Mutation.recordDonation": (record, ADMINS),
    "Mutation.correctDonation": (correct, ADMINS),
    "Mutation.introduce": (mutation("introduce", givenName="Ada"), EVERYONE),
    "Mutation.updateProfile": (mutation("updateProfile", givenName="Ada"), PEOPLE | {"INTEGRATOR": FORBIDDEN}),
    "Mutation.signPetition": (sign, EVERYONE | {"reader": FORBIDDEN}),
    "Mutation.confirmSignature": (confirm, EVERYONE),
    "Mutation.requestConfirmation": (ask_again, dict.fromkeys(ROLES, "RATE_LIMITED")),
    "Mutation.withdrawSignature": (withdraw, ITS_SIGNER),
    "Mutation.eraseSupporter": (erase, ADMINS),
    "Mutation.requestSignIn": (mutation("requestSignIn", email="ada@example.org"), EVERYONE),
    "Mutation.signIn": (sign_in, EVERYONE),
    "Mutation.refreshSession": (refresh, EVERYONE),
    "Mutation.signOut": (sign_out, PEOPLE | {"INTEGRATOR": FORBIDDEN}),
    "Mutation.postComment": (mutation("postComment", "campaign", body="Well said."), PEOPLE),
    "Mutation.editComment": (mutation("editComment", "comment", body="Better said."), ITS_AUTHOR),
    "Mutation.deleteComment": (mutation("deleteComment", "comment"), ITS_AUTHOR_AND_MODERATORS),
    "Mutation.flagComment": (mutation("flagComment", "comment", reason="SPAM"), PEOPLE),
    "Mutation.moderateComment": (mutation("moderateComment", "comment", decision="HOLD"), MODERATORS),
    "Mutation.moderateComments": (moderate_many, MODERATORS),
    "Mutation.pinComment": (mutation("pinComment", "comment"), MODERATORS),
    "Mutation.lockThread": (mutation("lockThread", "comment"), MODERATORS),
    "Mutation.castVote": (mutation("castVote", "comment", direction="UP"), PEOPLE),
    "Mutation.retractVote": (mutation("retractVote", "comment"), PEOPLE),
    "Mutation.addReaction": (mutation("addReaction", "comment", kind="HEART"), PEOPLE),
    "Mutation.removeReaction": (mutation("removeReaction", "comment", kind="HEART"), PEOPLE),
}


def needed() -> dict[str, tuple[str, str]]:
    """Return the `@requires` arguments of each field in the SDL: "scope" or "role", and its value."""
    document = parse(create_schema(Settings()).as_str())
    return {
        f"{node.name.value}.{field.name.value}": (argument.name.value, argument.value.value)
        for node in document.definitions
        if isinstance(node, ObjectTypeDefinitionNode)
        for field in node.fields or ()
        for directive in field.directives or ()
        if directive.name.value == "requires"
        for argument in directive.arguments or ()
        if isinstance(argument.value, EnumValueNode)
    }


NEEDED = needed()
SCOPED = {field: Scope(what) for field, (kind, what) in NEEDED.items() if kind == "scope" and field in TABLE}
INNER = {"Comment.moderation"}
"""Fields of objects that need a scope; tests/api/test_field_access.py checks who sees them."""
ALSO = {"Mutation.deleteComment": "MODERATE"}
"""The additional scope or role to change another person's objects, as the API key does here."""


def test_every_root_field_has_a_row() -> None:
    """A new root field must be listed here with its permitted viewers."""
    schema = core()
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    fields = {f"{root.name}.{name}" for root in roots if root for name in root.fields}

    assert fields - set(TABLE) == set()
    assert set(TABLE) - fields == set()


@pytest.mark.parametrize("field", TABLE)
async def test_root_field_answers_permitted_viewers_only(matrix: AccessMatrix, field: str) -> None:
    attempt, wanted = TABLE[field]

    met = {}
    for role in ROLES:
        await matrix.create_page()
        met[role] = await attempt(matrix, role)

    assert met == wanted


def test_schema_marks_required_scopes() -> None:
    """`@requires` in the SDL names the scope of a field; fields for everyone have no `@requires`."""
    assert set(NEEDED) == {field for field, (_, wanted) in TABLE.items() if wanted["reader"] == FORBIDDEN} | INNER


@pytest.mark.parametrize("field", SCOPED)
async def test_api_key_needs_only_the_scope_of_the_field(matrix: AccessMatrix, field: str) -> None:
    scope, (attempt, wanted) = SCOPED[field], TABLE[field]
    admin = str(matrix.tokens["ADMIN"])
    alone = [scope, *[also for name, also in ALSO.items() if name == field]]
    matrix.tokens["alone"] = await key(matrix.site, admin, alone)
    matrix.tokens["all others"] = await key(matrix.site, admin, [one for one in Scope if one != scope])

    met = {}
    for role in ("all others", "alone"):
        await matrix.create_page()
        met[role] = await attempt(matrix, role)

    assert met == {"all others": FORBIDDEN, "alone": wanted["INTEGRATOR"]}


SECRETS = {
    "CreateApiKeyPayload.key",
    "IntroducePayload.accessToken",
    "RefreshSessionPayload.accessToken",
    "RefreshSessionPayload.refreshToken",
    "SignInPayload.accessToken",
    "SignInPayload.refreshToken",
    "SignPetitionPayload.accessToken",
}
"""Secrets in payloads, for a viewer who has just created a key, given a name, or confirmed an e-mail address."""


def test_every_secret_in_a_payload_is_listed() -> None:
    """Check all strings of a payload itself, not those of its objects."""
    payloads = {name: kind for name, kind in object_types(core()).items() if name.endswith("Payload")}

    texts = {f"{kind}.{name}" for kind, of in payloads.items() for name, field in of.fields.items() if is_text(field)}

    assert texts == SECRETS


def is_text(field: GraphQLField) -> bool:
    return get_named_type(field.type).name == "String"


async def test_signing_returns_a_token_only_without_a_token(matrix: AccessMatrix) -> None:
    given = {"campaignId": matrix.campaign, "givenName": "Katharina"}
    met = {}
    for role in ROLES:
        answer = await matrix.site.do("signPetition", "accessToken", matrix.tokens[role], **given, email=address(role))
        met[role] = answer.get("code", bool(answer.get("accessToken")))

    assert met == dict.fromkeys(ROLES, False) | {"anonymous": True, "reader": FORBIDDEN}
