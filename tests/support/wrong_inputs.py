"""Wrong inputs: for each mutation an input whose values are all wrong, with the issues that the answer must list."""

from typing import Any, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    get_named_type,
    get_nullable_type,
)

from resolvers.ids import global_id
from tests.support.access_matrix import core

Issue = tuple[str, str, int | None]
"""The path with dots, the reason, and the limit."""

OTHER_ID = global_id("CampaignUpdate", 1)
"""An id of a type that no mutation takes."""
KEY = "a key with spaces"
KEY_ISSUE: Issue = ("idempotencyKey", "MALFORMED", None)
IMAGE = {"url": "ftp://example.org/i.png", "alt": " ", "credit": "x" * 201}


def _image(field: str) -> list[Issue]:
    return [
        (f"{field}.url", "MALFORMED", None),
        (f"{field}.alt", "EMPTY", None),
        (f"{field}.credit", "TOO_LONG", 200),
    ]


CONSENT = {"granted": True, "organisationId": OTHER_ID, "textVersion": " "}
CONSENT_ISSUES: list[Issue] = [
    ("consents.0.organisationId", "UNKNOWN", None),
    ("consents.0.textVersion", "EMPTY", None),
]
MONEY = {"amountMinor": -1, "currency": "dollars"}
NAMES = {"givenName": " ", "familyName": "www.example.org"}
NAME_ISSUES: list[Issue] = [("givenName", "EMPTY", None), ("familyName", "NOT_ALLOWED", None)]
QUESTION = {"organisationId": OTHER_ID, "text": " ", "textVersion": "v" * 101}
LISTS = {
    "heroImage": IMAGE,
    "footnotes": [{"text": "A source."}, {"text": "x" * 2001, "url": "example.org"}],
    "timeline": [{"occurredOn": "yesterday", "title": " "}],
    "resources": [{"title": "", "url": "x", "kind": "VIDEO"}],
    "consentQuestions": [QUESTION],
    "donation": {
        "prompt": "",
        "url": "https://example.org/" + "x" * 500,
        "suggestedAmounts": [{"amountMinor": 100, "currency": "EUR"}, {"amountMinor": 0, "currency": "ZZZ"}],
    },
}
LIST_ISSUES: list[Issue] = [
    *_image("heroImage"),
    ("footnotes.1.text", "TOO_LONG", 2000),
    ("footnotes.1.url", "MALFORMED", None),
    ("timeline.0.occurredOn", "MALFORMED", None),
    ("timeline.0.title", "EMPTY", None),
    ("resources.0.title", "EMPTY", None),
    ("resources.0.url", "MALFORMED", None),
    ("consentQuestions.0.organisationId", "UNKNOWN", None),
    ("consentQuestions.0.text", "EMPTY", None),
    ("consentQuestions.0.textVersion", "TOO_LONG", 100),
    ("donation.prompt", "EMPTY", None),
    ("donation.url", "TOO_LONG", 500),
    ("donation.suggestedAmounts.1.amountMinor", "OUT_OF_RANGE", 1),
    ("donation.suggestedAmounts.1.currency", "UNKNOWN", None),
]
TEXTS = {"title": "x" * 201, "callToAction": "", "target": "Them\x07", "body": "  "}
TEXT_ISSUES: list[Issue] = [
    ("title", "TOO_LONG", 200),
    ("callToAction", "EMPTY", None),
    ("target", "NOT_ALLOWED", None),
    ("body", "EMPTY", None),
]
OUTCOME = {"occurredOn": "2026-02-30", "headline": "x" * 301, "summary": "", "fieldReportUrl": "report"}
FUTURE = "2999-01-01T00:00:00Z"
BEFORE_THE_CALENDAR = "0001-01-01T00:00:00+02:00"


def _id(name: str) -> Issue:
    return (name, "UNKNOWN", None)


class WrongInput(NamedTuple):
    given: dict[str, Any]
    issues: list[Issue]


def _about(id_name: str, /, **given: Any) -> dict[str, Any]:
    return {id_name: OTHER_ID, **given}


WRONG: dict[str, WrongInput] = {
    "addPartner": WrongInput(
        _about("campaignId", name="", url="example.org", logo=IMAGE, role="x" * 201),
        [
            _id("campaignId"),
            ("name", "EMPTY", None),
            ("url", "MALFORMED", None),
            *_image("logo"),
            ("role", "TOO_LONG", 200),
        ],
    ),
    "addReaction": WrongInput(_about("commentId", kind="HEART"), [_id("commentId")]),
    "castVote": WrongInput(_about("commentId", direction="UP"), [_id("commentId")]),
    "changeCampaignState": WrongInput(
        _about("campaignId", state="WON", outcome=OUTCOME),
        [
            _id("campaignId"),
            ("outcome.occurredOn", "MALFORMED", None),
            ("outcome.headline", "TOO_LONG", 300),
            ("outcome.summary", "EMPTY", None),
            ("outcome.fieldReportUrl", "MALFORMED", None),
        ],
    ),
    "confirmSignature": WrongInput({"token": "nonsense"}, [("token", "MALFORMED", None)]),
    "correctDonation": WrongInput(
        _about("donationId", money=MONEY, reason=" "),
        [
            _id("donationId"),
            ("money.amountMinor", "OUT_OF_RANGE", 0),
            ("money.currency", "MALFORMED", None),
            ("reason", "EMPTY", None),
        ],
    ),
    "createApiKey": WrongInput(
        {"name": "x" * 101, "scopes": [], "expiresAt": "2001-01-01T00:00:00Z"},
        [("name", "TOO_LONG", 100), ("scopes", "EMPTY", None), ("expiresAt", "OUT_OF_RANGE", None)],
    ),
    "createCampaign": WrongInput(
        {"slug": "Free Them", **TEXTS, **LISTS, "launchedAt": BEFORE_THE_CALENDAR},
        [("slug", "MALFORMED", None), *TEXT_ISSUES, *LIST_ISSUES, ("launchedAt", "OUT_OF_RANGE", None)],
    ),
    "decidePartnerTally": WrongInput(_about("tallyId", decision="ACCEPT"), [_id("tallyId")]),
    "deleteComment": WrongInput(_about("commentId"), [_id("commentId")]),
    "editComment": WrongInput(_about("commentId", body=" "), [_id("commentId"), ("body", "EMPTY", None)]),
    "eraseSupporter": WrongInput(_about("supporterId"), [_id("supporterId")]),
    "flagComment": WrongInput(
        _about("commentId", reason="SPAM", note="x" * 1001), [_id("commentId"), ("note", "TOO_LONG", 1000)]
    ),
    "introduce": WrongInput(
        {**NAMES, "email": "ada", "country": "Germany"},
        [*NAME_ISSUES, ("email", "MALFORMED", None), ("country", "MALFORMED", None)],
    ),
    "lockThread": WrongInput(_about("commentId"), [_id("commentId")]),
    "moderateComment": WrongInput(
        _about("commentId", decision="REJECT", reason="\x00"), [_id("commentId"), ("reason", "NOT_ALLOWED", None)]
    ),
    "moderateComments": WrongInput(
        {"target": {"ids": [OTHER_ID, "nonsense"]}, "decision": "REJECT", "reason": "\x00"},
        [("target.ids.0", "UNKNOWN", None), ("target.ids.1", "UNKNOWN", None), ("reason", "NOT_ALLOWED", None)],
    ),
    "pinComment": WrongInput(_about("commentId"), [_id("commentId")]),
    "postComment": WrongInput(
        _about("campaignId", body="x" * 5001, parentId=OTHER_ID),
        [_id("campaignId"), ("body", "TOO_LONG", 5000), _id("parentId")],
    ),
    "postUpdate": WrongInput(
        _about("campaignId", title="", body="\x00", postedAt=FUTURE),
        [
            _id("campaignId"),
            ("title", "EMPTY", None),
            ("body", "NOT_ALLOWED", None),
            ("postedAt", "OUT_OF_RANGE", None),
        ],
    ),
    "recordDonation": WrongInput(
        _about(
            "campaignId",
            providerReference="x" * 201,
            money={"amountMinor": 0, "currency": "ABC"},
            donorEmail="nobody",
            donatedAt="today",
        ),
        [
            _id("campaignId"),
            ("providerReference", "TOO_LONG", 200),
            ("money.amountMinor", "OUT_OF_RANGE", 1),
            ("money.currency", "UNKNOWN", None),
            ("donorEmail", "MALFORMED", None),
            ("donatedAt", "MALFORMED", None),
        ],
    ),
    "refreshSession": WrongInput({"refreshToken": "nonsense"}, [("refreshToken", "NOT_ALLOWED", None)]),
    "retractVote": WrongInput(_about("commentId"), [_id("commentId")]),
    "removeReaction": WrongInput(_about("commentId", kind="HEART"), [_id("commentId")]),
    "reportPartnerTally": WrongInput(
        _about("campaignId", partnerId=OTHER_ID, signatures=-1, asOf="2999-01-01", evidenceUrl="proof"),
        [
            _id("campaignId"),
            _id("partnerId"),
            ("signatures", "OUT_OF_RANGE", 0),
            ("asOf", "OUT_OF_RANGE", None),
            ("evidenceUrl", "MALFORMED", None),
        ],
    ),
    "requestConfirmation": WrongInput({"token": "nonsense"}, [("token", "MALFORMED", None)]),
    "requestSignIn": WrongInput({"email": " "}, [("email", "EMPTY", None)]),
    "revokeApiKey": WrongInput(_about("apiKeyId"), [_id("apiKeyId")]),
    "signIn": WrongInput(
        {"requestId": "x", "email": "ada", "code": " "}, [("email", "MALFORMED", None), ("code", "EMPTY", None)]
    ),
    "signOut": WrongInput({}, [("everywhere", "NOT_ALLOWED", None)]),
    "signPetition": WrongInput(
        _about("campaignId", **NAMES, email="", country="XX", consents=[CONSENT], comment="\u200b"),
        [
            _id("campaignId"),
            NAME_ISSUES[0],
            ("email", "EMPTY", None),
            NAME_ISSUES[1],
            ("country", "UNKNOWN", None),
            *CONSENT_ISSUES,
            ("comment", "EMPTY", None),
        ],
    ),
    "updateCampaign": WrongInput(
        _about("campaignId", **TEXTS, **LISTS), [_id("campaignId"), *TEXT_ISSUES, *LIST_ISSUES]
    ),
    "updateProfile": WrongInput(
        {**NAMES, "country": "XX", "consents": [CONSENT]},
        [*NAME_ISSUES, ("country", "UNKNOWN", None), *CONSENT_ISSUES],
    ),
    "withdrawSignature": WrongInput(_about("campaignId"), [_id("campaignId")]),
}


def checkable_paths(mutation: str) -> set[str]:
    """Return the path of each value of a mutation's input that can be wrong, with `*` for the place in a list.

    GraphQL itself refuses wrong enum values and booleans. A made-up `requestId` is answered like a wrong code.
    """
    mutations = core().mutation_type
    assert mutations is not None
    return _paths(get_named_type(mutations.fields[mutation].args["input"].type))


def _paths(type_: Any) -> set[str]:
    found = set()
    is_one_of = type_.extensions["strawberry-definition"].is_one_of
    for name, field in [*type_.fields.items()][: 1 if is_one_of else None]:
        named, in_list = get_named_type(field.type), isinstance(get_nullable_type(field.type), GraphQLList)
        path = f"{name}.*" if in_list and isinstance(named, GraphQLInputObjectType) else name
        if isinstance(named, GraphQLInputObjectType):
            found |= {f"{path}.{inner}" for inner in _paths(named)}
        elif name != "requestId" and (in_list or not (named is GraphQLBoolean or isinstance(named, GraphQLEnumType))):
            found.add(path)
    return found
