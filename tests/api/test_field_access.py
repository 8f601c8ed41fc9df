"""Access to fields: every field of every type for every kind of viewer, and all private values for other viewers."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from auth.viewers import SCOPES, Scope
from models import Role
from resolvers.ids import parse
from resolvers.nodes import MODELS
from tests.support.access_matrix import FORBIDDEN, ROLES, STAFF, UNAUTHENTICATED, AccessMatrix, Outcomes, core, outcomes
from tests.support.activity import ALL_KINDS
from tests.support.activity import TYPES as ACTIVITY_TYPES
from tests.support.app import TestApp, running_app
from tests.support.populate import populate
from tests.support.selections import met, object_types, query_for, ways

pytestmark = pytest.mark.anyio

WRITERS = ["INTEGRATOR", "CAMPAIGNER", "ADMIN"]

# ---------------------------------------------------------------- every field

Seen = dict[str, list[Any]]
"""The values of a field by role, at each position where the role reached the field."""
Rule = Callable[[Seen], bool]


def everyone(seen: Seen) -> bool:
    """Expect the same, non-empty values for all roles."""
    return _agree(seen, ROLES) and any(value not in (None, []) for value in seen["anonymous"])


def only(*roles: str, others: Any = "nothing to come to") -> Rule:
    """Expect the same values for these roles, and none or a common value for all others."""

    def holds(seen: Seen) -> bool:
        rest = [value for role in ROLES if role not in roles for value in seen[role]]
        is_shown = _agree(seen, roles) and any(value != others for value in seen[roles[0]])
        return is_shown and all(value == others for value in rest)

    return holds


def apart(*roles: str) -> Rule:
    """Expect the same values for these roles, and other values for all others."""
    rest = [role for role in ROLES if role not in roles]
    return lambda seen: _agree(seen, roles) and _agree(seen, rest) and seen[roles[0]] != seen[rest[0]]


def _agree(seen: Seen, roles: Any) -> bool:
    return bool(seen[roles[0]]) and all(seen[role] == seen[roles[0]] for role in roles)


def each(values: Outcomes) -> Rule:
    """Expect this value for each role; an ellipsis means that the role never reaches the field."""
    return lambda seen: (
        seen == {role: [] if value is ... else [value] * len(seen[role]) for role, value in values.items()}
    )


def told(author: Any, guest: Any, supporter: Any, key: Any, staff: Any) -> Rule:
    """Expect the values that belong to each role."""
    people = {"anonymous": ..., "author": author, "guest": guest, "SUPPORTER": supporter}
    return each(people | dict.fromkeys(("reader", "INTEGRATOR"), key) | dict.fromkeys(STAFF, staff))


def by_the_clock(seen: Seen) -> bool:
    """Expect a time for each role, which goes on from one to the next."""
    return all(len(values) == 1 and values[0] for values in seen.values())


def counted(seen: Seen) -> bool:
    """Expect different values for each role; tests/api/test_rate_limits.py checks the values."""
    return all(len(values) == 1 for values in seen.values())


def scopes_of(role: str) -> list[str]:
    granted = {"reader": {Scope.READ}, "INTEGRATOR": set(Scope)}
    return [scope for scope in Scope if scope in granted.get(role, SCOPES.get(_role(role), set()))]


def _role(role: str) -> Role:
    return Role({"anonymous": "ANONYMOUS", "author": "GUEST", "guest": "GUEST", "reader": "INTEGRATOR"}.get(role, role))


def fields(kind: str, names: str, rule: Rule) -> dict[str, Rule]:
    return {f"{kind}.{name}": rule for name in names.split()}


def own_list(role: str, *kinds: str) -> dict[str, Rule]:
    """Return the rules of the lists in which only one role has a row."""
    rules: dict[str, Rule] = {}
    for kind in kinds:
        rules |= fields(f"{kind}Connection", "nodes edges", only(role, others=[]))
        rules |= fields(f"{kind}Connection", "totalCount", only(role, others=0))
        rules |= fields(f"{kind}Connection", "pageInfo", everyone)
        rules |= fields(f"{kind}Edge", "cursor node", only(role))
    return rules


PUBLIC = (
    """ActivityConnection ActivityEdge Campaign CampaignConnection CampaignEdge CampaignPartner
    CampaignUpdate CampaignUpdateConnection CampaignUpdateEdge Comment CommentConnection CommentEdge CommentStats
    ConsentQuestion CountryCount DonationAppeal Footnote Image Milestone Money Outcome PageInfo Partner ReactionGroup
    Resource RichText Service Signature SignatureBucket SignatureGoal Supporter SupporterCount TimelineEntry
    VoteTally""".split()
    + list(ACTIVITY_TYPES)
)
"""Fields of the page and the public fields of people. Their private fields are in PRIVATE."""

READERS_OF_EDITS = ("author", *STAFF, "INTEGRATOR")
KEEPERS = ("ADMIN", "INTEGRATOR")
MAY_REPLY = ["REPLY", "VOTE", "REACT", "FLAG"]
MAY_MODERATE = ["REPLY", "DELETE", "VOTE", "REACT", "FLAG", "PIN", "LOCK", "MODERATE"]
MAY_EDIT = ["REPLY", "EDIT", "DELETE", "VOTE", "REACT", "FLAG"]
MAY_SIGN = ["SIGN", "COMMENT"]
MAY_EDIT_CAMPAIGN = [*MAY_SIGN, "EDIT", "CHANGE_STATE", "POST_UPDATE", "ADD_PARTNER", "REPORT_TALLY", "DECIDE_TALLY"]
MAY_RUN = (
    [*MAY_SIGN, "MODERATE"],
    [*MAY_EDIT_CAMPAIGN, "MODERATE"],
    [*MAY_EDIT_CAMPAIGN, "RECORD_DONATION", "MODERATE"],
)
MAY_ACT = outcomes(["SIGN"], MAY_SIGN, MAY_SIGN, *MAY_RUN, reader=[])
OF_TALLIES = "id partner signatures asOf evidenceUrl state reportedAt"
OF_KEYS = "id name prefix scopes createdAt expiresAt lastUsedAt revokedAt"


def acting(seen: Seen) -> bool:
    """Expect the actions on a campaign that is over, on one to be signed, and on the one that the author has signed."""
    over = {role: [action for action in actions if action != "SIGN"] for role, actions in MAY_ACT.items()}
    signed = MAY_ACT | {"author": ["SIGN", "WITHDRAW", "COMMENT"]}
    return seen == {role: [over[role], actions, signed[role]] for role, actions in MAY_ACT.items()}


def told_to_no_program(seen: Seen) -> bool:
    """Expect the donor for people who may see the donation, and null for a program, which could ask of any address."""
    people = tuple(role for role in KEEPERS if role != "INTEGRATOR")
    return seen["INTEGRATOR"] == [None] and only("SUPPORTER", *people)(seen | {"INTEGRATOR": []})


FAMILY_NAMES = ["Sommer", "Hopper", "Truth", None, None, "Moderator", "Campaigner", "Admin"]

PRIVATE: dict[str, Rule] = {
    # a donation is for its donor, who is the supporter here, and for those who record it
    "DonationActivity.donation": only("SUPPORTER", *KEEPERS, others=None),
    **fields("Donation", "id campaign money frequency state donatedAt", only("SUPPORTER", *KEEPERS)),
    "Donation.donor": told_to_no_program,
    "Donation.corrections": only(*KEEPERS, others=[]),
    **fields("DonationCorrection", "money reason correctedAt", only(*KEEPERS)),
    # a partner's report that waits is for those who decide on it
    "CampaignPartner.waitingTallies": only(*WRITERS, others=[]),
    **fields("PartnerTally", OF_TALLIES, only(*WRITERS)),
    # what a comment said before is for its author and moderators
    "Comment.edits": only(*READERS_OF_EDITS, others=[]),
    **fields("CommentEdit", "editedAt body", only(*READERS_OF_EDITS)),
    # why a comment waits, and who flagged it or decided on it, is for moderators
    "Comment.moderation": only(*STAFF, "INTEGRATOR", others=None),
    **fields("CommentModeration", "heldBecause flagCount flags decisions", only(*STAFF, "INTEGRATOR")),
    **fields("CommentFlagConnection", "edges nodes pageInfo", only(*STAFF, "INTEGRATOR")),
    **fields("CommentFlagEdge", "cursor node", only(*STAFF, "INTEGRATOR")),
    **fields("CommentFlag", "reason note flaggedAt supporter", only(*STAFF, "INTEGRATOR")),
    **fields("ModerationActionConnection", "edges nodes pageInfo", only(*STAFF, "INTEGRATOR")),
    **fields("ModerationActionEdge", "cursor node", only(*STAFF, "INTEGRATOR")),
    **fields("ModerationAction", "action reason decidedAt moderator", only(*STAFF, "INTEGRATOR")),
    # what one did and may do
    "Comment.viewerIsAuthor": only("author", others=False),
    "Comment.viewerHasFlagged": only("author", "SUPPORTER", others=False),
    "Comment.editableUntil": only("author", others=None),
    "Campaign.viewerSignature": only("author", others=None),
    "Signature.signedAt": apart("author"),
    "VoteTally.viewerVote": only("author", others=None),
    "ReactionGroup.viewerHasReacted": only("author", others=False),
    "Campaign.viewerCan": acting,
    "Comment.viewerCan": each(outcomes([], MAY_EDIT, MAY_REPLY, *[MAY_MODERATE] * 3)),
    # what one did, in one's own lists; the rows are checked by the types that follow
    **fields("Viewer", "signatures comments votes reactions donations", everyone),
    **own_list("author", "Signature", "Vote", "Reaction"),
    **own_list("SUPPORTER", "Donation"),
    **fields("Vote", "comment direction castAt", only("author")),
    **fields("Reaction", "comment kind reactedAt", only("author")),
    # who one is
    "Viewer.id": lambda seen: len({str(values) for values in seen.values()}) == len(ROLES),
    "Viewer.supporter": lambda seen: len({str(values) for values in seen.values()}) == len(ROLES),
    "Viewer.profile": only(*ROLES[1:], others=None),
    "Viewer.role": each({role: _role(role) for role in ROLES}),
    "Viewer.scopes": each({role: scopes_of(role) for role in ROLES}),
    "Profile.givenName": told("Katharina", "Grace", "Sojourner", "Friends of Freedom", "Staff"),
    "Profile.familyName": lambda seen: [values[0] for values in seen.values() if values] == FAMILY_NAMES,
    "Profile.email": told("katharina@example.org", None, "sojourner@example.org", None, None),
    "Profile.emailVerified": told(False, False, True, False, False),
    "Profile.country": told("DE", None, None, None, None),
    "Profile.nameDisplay": told(
        "FIRST_NAME_INITIAL", "FIRST_NAME_INITIAL", "FIRST_NAME_INITIAL", "FULL_NAME", "FULL_NAME"
    ),
    "Profile.familyNameFirst": told(False, False, False, False, False),
    "Profile.showDonations": told(False, False, True, False, False),
    "Profile.consents": only("author", others=[]),
    **fields("Consent", "organisation granted textVersion givenAt", only("author")),
    "Service.time": by_the_clock,
    **fields("RateLimit", "limit remaining resetAt cost", counted),
    # who may knock
    **fields("ApiKey", OF_KEYS, only("ADMIN")),
    **fields("ApiKeyConnection", "edges nodes pageInfo totalCount", only("ADMIN")),
    **fields("ApiKeyEdge", "cursor node", only("ADMIN")),
}


def nothing(seen: Seen) -> bool:
    """Expect no value for any role."""
    return _agree(seen, ROLES)


EMPTY = dict.fromkeys(
    [
        *("Comment.parent", "Comment.ancestors", "CampaignUpdate.editedAt", "CountryCount.country", "Service.signIn"),
        *(f"{kind}Activity.actor" for kind in ("Campaign", "Milestone", "Partner", "Update")),
    ],
    nothing,
)

OF_ROOTS = {
    "NamePreview": "who typed the name",
    "Problem": "who asked is told what was wrong",
    "InputIssue": "who asked is told what was wrong",
    "ActivityEvent": "who may follow a campaign",
    "Pulse": "who may follow a campaign",
    "ModerationQueueChange": "who may moderate",
    "Session": "who signs in or refreshes, with the tokens of it",
    "ErasureReceipt": "who erases",
}
"""Types that only fields with arguments return, such as mutations; tests/api/test_access.py checks who may run them."""


@pytest.fixture
async def site() -> AsyncIterator[TestApp]:
    """A site whose clients may ask for everything at once."""
    async with running_app(limits=(("points", 100_000),)) as app:
        yield app


@pytest.fixture
async def seen(matrix: AccessMatrix) -> dict[str, Seen]:
    """Return the values of each field for each role, by a query that is generated from the schema."""
    await populate(matrix)
    schema = core()
    found: dict[str, Seen] = defaultdict(lambda: {role: [] for role in ROLES})
    for name, way in ways(schema, ENDS, THROUGH, ARGUMENTS).items():
        query = query_for(schema, name, way)
        for role in ROLES:
            body = await matrix.site.post(query, matrix.tokens[role])
            codes = {error["extensions"]["code"] for error in body.get("errors", [])}
            assert codes <= {UNAUTHENTICATED, FORBIDDEN}, (query, body)
            for field, value in met(body["data"]):
                found[field][role].append(value)
    return found


ENDS = {
    *("Query.campaign", "Query.events", "Query.moderationQueue", "Campaign.viewerSignature", "Viewer.supporter"),
    *("Viewer.comments", "Vote.comment", "Reaction.comment"),
    *("DonationConnection.nodes", "DonationEdge.node", "SignatureConnection.nodes", "SignatureEdge.node"),
}
"""Fields that the generated query leaves out: they require an argument, or lead to fewer fields."""
THROUGH = {"Signature": "SignatureActivity.signature"}
ARGUMENTS = {"Campaign.activity": f"(first: 40, kinds: [{ALL_KINDS}])"}


def test_every_field_is_in_a_table() -> None:
    """A new type must be listed here with its viewers, and so must a new field of a type that is not public."""
    schema = core()
    kinds = object_types(schema)
    assert schema.mutation_type is not None
    payloads = {f"{name[0].upper()}{name[1:]}Payload" for name in schema.mutation_type.fields}
    named = {*PUBLIC, *OF_ROOTS, *payloads}

    fields = {f"{kind}.{name}" for kind, of in kinds.items() if kind not in named for name in of.fields}

    assert fields - set(PRIVATE) == set()
    assert {place.partition(".")[0] for place in PRIVATE} | named == set(kinds)


def test_private_fields_exist() -> None:
    kinds = object_types(core())

    assert {*PRIVATE, *EMPTY} - {f"{kind}.{name}" for kind, of in kinds.items() for name in of.fields} == set()


async def test_field_shows_each_viewer_the_expected_values(seen: dict[str, Seen]) -> None:
    """Every field of every reachable type was read."""
    kinds = object_types(core())
    reached = kinds.keys() & ways(core(), ENDS, THROUGH, ARGUMENTS).keys()
    asked = {f"{kind}.{name}" for kind in reached for name in kinds[kind].fields}

    rules = PRIVATE | EMPTY
    wrong = {place: found for place, found in seen.items() if not rules.get(place, everyone)(found)}

    assert wrong == {}
    assert asked - set(seen) == set()


BY_ID = {
    "ApiKey": ["ADMIN"],
    "Donation": ["SUPPORTER", "INTEGRATOR", "ADMIN"],
    "PartnerTally": WRITERS,
    "Signature": ["author"],
}
"""The roles for which a restricted id resolves."""


async def test_node_shows_no_more_than_the_field(matrix: AccessMatrix, seen: dict[str, Seen]) -> None:
    """Even a viewer who learns an id sees no more."""
    ids = {id for place, found in seen.items() if place.endswith(".id") for given in found.values() for id in given}
    met: dict[str, dict[str, list[str]]] = {}
    for role in ROLES:
        for id in sorted(ids):
            answer = await matrix.site.ask(
                "query($id: ID!) { node(id: $id) { __typename } }", matrix.tokens[role], id=id
            )
            if answer["node"]:
                met.setdefault((parse(id) or ("",))[0], {}).setdefault(id, []).append(role)

    of_viewers = met.pop("Viewer")
    assert sorted(role for (role,) in of_viewers.values()) == sorted(ROLES)  # each finds oneself and nobody else
    assert set(met) == set(MODELS)
    wrong = {
        kind: by_id for kind, by_id in met.items() if any(r != BY_ID.get(kind, list(ROLES)) for r in by_id.values())
    }
    assert wrong == {}
