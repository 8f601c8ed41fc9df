"""Who may see what: every field of every type for every kind of viewer, and everything private for the wrong one."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from auth.viewers import SCOPES, Scope
from models import Role
from resolvers.nodes import MODELS
from tests.support.access_matrix import FORBIDDEN, ROLES, STAFF, UNAUTHENTICATED, AccessMatrix, Outcomes, core, outcomes
from tests.support.populate import populate
from tests.support.selections import met, object_types, query_for, ways

pytestmark = pytest.mark.anyio

WRITERS = ["INTEGRATOR", "CAMPAIGNER", "ADMIN"]

# ---------------------------------------------------------------- every field

Seen = dict[str, list[Any]]
"""By role: what a field gave, at each place where the role came to it."""
Rule = Callable[[Seen], bool]


def everyone(seen: Seen) -> bool:
    """All see the same, and there is something to see."""
    return _agree(seen, ROLES) and any(value not in (None, []) for value in seen["anonymous"])


def only(*roles: str, others: Any = "nothing to come to") -> Rule:
    """These see the same; all others come to nothing, or meet what is given everywhere."""

    def holds(seen: Seen) -> bool:
        rest = [value for role in ROLES if role not in roles for value in seen[role]]
        is_shown = _agree(seen, roles) and any(value != others for value in seen[roles[0]])
        return is_shown and all(value == others for value in rest)

    return holds


def apart(*roles: str) -> Rule:
    """These see the same, and all others something else."""
    rest = [role for role in ROLES if role not in roles]
    return lambda seen: _agree(seen, roles) and _agree(seen, rest) and seen[roles[0]] != seen[rest[0]]


def _agree(seen: Seen, roles: Any) -> bool:
    return bool(seen[roles[0]]) and all(seen[role] == seen[roles[0]] for role in roles)


def each(values: Outcomes) -> Rule:
    """What each sees, wherever they come to it; an ellipsis for who never does."""
    return lambda seen: (
        seen == {role: [] if value is ... else [value] * len(seen[role]) for role, value in values.items()}
    )


def told(author: Any, guest: Any, supporter: Any, key: Any, staff: Any) -> Rule:
    """What each said of themselves, or others of them."""
    people = {"anonymous": ..., "author": author, "guest": guest, "SUPPORTER": supporter}
    return each(people | dict.fromkeys(("reader", "INTEGRATOR"), key) | dict.fromkeys(STAFF, staff))


def counted(seen: Seen) -> bool:
    """Each their own; tests/api/test_rate_limits.py says what."""
    return all(len(values) == 1 for values in seen.values())


def scopes_of(role: str) -> list[str]:
    granted = {"reader": {Scope.READ}, "INTEGRATOR": set(Scope)}
    return [scope for scope in Scope if scope in granted.get(role, SCOPES.get(_role(role), set()))]


def _role(role: str) -> Role:
    return Role({"anonymous": "ANONYMOUS", "author": "GUEST", "guest": "GUEST", "reader": "INTEGRATOR"}.get(role, role))


def fields(kind: str, names: str, rule: Rule) -> dict[str, Rule]:
    return {f"{kind}.{name}": rule for name in names.split()}


PUBLIC = """Activity ActivityConnection ActivityEdge Campaign CampaignConnection CampaignEdge CampaignPartner
    CampaignUpdate CampaignUpdateConnection CampaignUpdateEdge Comment CommentConnection CommentEdge CommentStats
    CountryCount DonationAppeal Footnote Image Milestone Money Outcome PageInfo Partner ReactionGroup Resource RichText
    Signature SignatureGoal Supporter SupporterCount TimelineEntry VoteTally""".split()
"""The page, and what anyone may see of people. What is not public of these is in PRIVATE."""

READERS_OF_EDITS = ("author", *STAFF, "INTEGRATOR")
KEEPERS = ("ADMIN", "INTEGRATOR")
MAY_REPLY = ["REPLY", "VOTE", "REACT", "FLAG"]
MAY_MODERATE = ["REPLY", "DELETE", "VOTE", "REACT", "FLAG", "PIN", "LOCK", "MODERATE"]
MAY_EDIT = ["REPLY", "EDIT", "DELETE", "VOTE", "REACT", "FLAG"]
OF_TALLIES = "id partner signatures asOf evidenceUrl state reportedAt"
OF_KEYS = "id name prefix scopes createdAt expiresAt lastUsedAt revokedAt"

FAMILY_NAMES = ["Sommer", "Hopper", "Truth", None, None, "Moderator", "Campaigner", "Admin"]

PRIVATE: dict[str, Rule] = {
    # a donation is for its donor, who is the supporter here, and for those who record it
    "Activity.subject": apart("SUPPORTER", *KEEPERS),
    **fields("Donation", "id campaign donor money frequency state donatedAt", only("SUPPORTER", *KEEPERS)),
    "Donation.corrections": only(*KEEPERS, others=[]),
    **fields("DonationCorrection", "money reason correctedAt", only(*KEEPERS)),
    # a partner's report that waits is for those who decide on it
    "CampaignPartner.waitingTallies": only(*WRITERS, others=[]),
    **fields("PartnerTally", OF_TALLIES, only(*WRITERS)),
    # what a comment said before is for its author and moderators
    "Comment.edits": only(*READERS_OF_EDITS, others=[]),
    **fields("CommentEdit", "editedAt body", only(*READERS_OF_EDITS)),
    # what one did and may do
    "Campaign.viewerSignature": only("author", others=None),
    "Signature.signedAt": apart("author"),
    "VoteTally.viewerVote": only("author", others=None),
    "ReactionGroup.viewerHasReacted": only("author", others=False),
    "Comment.viewerCan": each(outcomes([], MAY_EDIT, MAY_REPLY, *[MAY_MODERATE] * 3)),
    # who one is
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
    "Profile.consents": only("author", others=[]),
    **fields("Consent", "organisation granted textVersion givenAt", only("author")),
    **fields("RateLimit", "limit remaining resetAt cost", counted),
    # who may knock
    **fields("ApiKey", OF_KEYS, only("ADMIN")),
}


def nothing(seen: Seen) -> bool:
    """The page of this test has none to show to anyone."""
    return _agree(seen, ROLES)


EMPTY = dict.fromkeys(
    ["Comment.parent", "Comment.ancestors", "CampaignUpdate.editedAt", "CountryCount.country"], nothing
)

OF_ROOTS = {
    "Problem": "who asked is told what was wrong",
    "ActivityEvent": "who may follow a campaign",
    "Session": "who signs in or refreshes, with the tokens of it",
    "ErasureReceipt": "who erases",
}
"""What only mutations and subscriptions give, as their payloads: to who may run them, see tests/api/test_access.py."""


@pytest.fixture
async def seen(matrix: AccessMatrix) -> dict[str, Seen]:
    """What each field of each type gave each role, by a query that is written from the schema."""
    await populate(matrix)
    schema = core()
    found: dict[str, Seen] = defaultdict(lambda: {role: [] for role in ROLES})
    for name, way in ways(schema, ENDS, THROUGH).items():
        query = query_for(schema, name, way)
        for role in ROLES:
            body = await matrix.site.post(query, matrix.tokens[role])
            codes = {error["extensions"]["code"] for error in body.get("errors", [])}
            assert codes <= {UNAUTHENTICATED, FORBIDDEN}, (query, body)
            for field, value in met(body["data"]):
                found[field][role].append(value)
    return found


ENDS = {"Query.campaign", "Query.moderationQueue", "Campaign.viewerSignature", "Viewer.supporter"}
"""No way leads through these: they want an argument, or there is less behind them."""
THROUGH = {"Signature": "Activity.subject"}


def test_every_field_of_every_type_is_in_a_table() -> None:
    """Who adds a type says here who may see it; who adds to one that is not public says it of the field."""
    schema = core()
    kinds = object_types(schema)
    assert schema.mutation_type is not None
    payloads = {f"{name[0].upper()}{name[1:]}Payload" for name in schema.mutation_type.fields}
    named = {*PUBLIC, *OF_ROOTS, *payloads}

    fields = {f"{kind}.{name}" for kind, of in kinds.items() if kind not in named for name in of.fields}

    assert fields - set(PRIVATE) == set()
    assert {place.partition(".")[0] for place in PRIVATE} | named == set(kinds)


def test_what_is_private_is_said_of_fields_that_there_are() -> None:
    kinds = object_types(core())

    assert {*PRIVATE, *EMPTY} - {f"{kind}.{name}" for kind, of in kinds.items() for name in of.fields} == set()


async def test_every_field_shows_each_viewer_what_it_should(seen: dict[str, Seen]) -> None:
    """And every field of a type that a query comes to was met."""
    kinds = object_types(core())
    asked = {f"{kind}.{name}" for kind in kinds if kind in ways(core(), ENDS, THROUGH) for name in kinds[kind].fields}

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
"""Whom an id answers that is not for everyone."""


async def test_an_id_opens_no_more_than_the_way_on_which_it_was_met(
    matrix: AccessMatrix, seen: dict[str, Seen]
) -> None:
    """Whoever learns of an id."""
    ids = {id for place, found in seen.items() if place.endswith(".id") for given in found.values() for id in given}
    met: dict[str, dict[str, list[str]]] = {}
    for role in ROLES:
        for id in sorted(ids):
            answer = await matrix.site.ask(
                "query($id: ID!) { node(id: $id) { __typename } }", matrix.tokens[role], id=id
            )
            if answer["node"]:
                met.setdefault(answer["node"]["__typename"], {}).setdefault(id, []).append(role)

    assert set(met) == set(MODELS)
    wrong = {
        kind: by_id for kind, by_id in met.items() if any(r != BY_ID.get(kind, list(ROLES)) for r in by_id.values())
    }
    assert wrong == {}
