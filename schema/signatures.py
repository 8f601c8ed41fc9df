"""Signatures, the supporters counter, the goal and the signers' countries."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
import resolvers.signatures
from models import CountryCode, SafeInt, SignatureState
from schema.fields import enum, field
from schema.nodes import Node
from schema.supporters import Supporter

if TYPE_CHECKING:
    from schema.campaigns import Campaign
    from schema.comments import Comment

enum(
    SignatureState,
    "The state of a signature.",
    PENDING="Waits for the confirmation of its e-mail; not counted in the total.",
    CONFIRMED="Counts as a supporter.",
    WITHDRAWN="Withdrawn by the signer.",
    REJECTED="Rejected by the owner of the e-mail, or as not genuine.",
)


@strawberry.type(description="A person's signature under a campaign. Only the signer can query it by id.")
class Signature(Node, model=models.Signature):
    campaign: Annotated["Campaign", strawberry.lazy("schema.campaigns")] = field(resolvers.signatures.campaign)
    supporter: Supporter | None = field(resolvers.signatures.supporter)
    signed_at: datetime = field(resolvers.signatures.signed_at)
    state: SignatureState = field("The state: whether the signature counts.")
    comment: Annotated["Comment", strawberry.lazy("schema.comments")] | None = field(resolvers.signatures.comment)


@strawberry.type(description="The number of supporters and its parts: total = direct + partner + offline.")
class SupporterCount:
    total: SafeInt = field("All supporters of the campaign.")
    direct: SafeInt = field("Confirmed signatures given on this site.")
    pending: SafeInt = field(
        "Signatures that wait for confirmation, also several with one e-mail address; not in the total."
    )
    partner: SafeInt = field("Signatures gathered by partners, from their latest reports.")
    offline: SafeInt = field("Signatures gathered on paper.")
    withdrawn: SafeInt = field("Withdrawn signatures; not in the total.")
    as_of: datetime = field("When the counter last changed, rounded down like the times of the activity log.")
    last_audit_at: datetime | None = field("When the counter was last recounted from the signatures.")
    drift: SafeInt = field("By how many signatures the last recount corrected these parts; 0 if they were correct.")


@strawberry.type(description="A goal that was reached.")
class Milestone:
    count: SafeInt = field("The number of supporters.")
    reached_at: datetime = field(resolvers.signatures.reached_at)


@strawberry.type(description="The next number of supporters to reach.")
class SignatureGoal:
    current: SafeInt = field("The number of supporters now.")
    target: SafeInt = field(
        "The next goal: 100, 500, 1,000 ... a million, then every million; above 100 million the next round number."
    )
    remaining: SafeInt = field("How many supporters are missing.")
    percent: float = field("How much of the target is reached, in percent from 0 to 100.")
    reached: list[Milestone] = field(resolvers.signatures.reached)


@strawberry.type(description="The number of confirmed signers from one country.")
class CountryCount:
    country: CountryCode | None = field(
        "The country; null for all countries with too few signers, and for signers who gave none."
    )
    count: int = field("The number of signers; of a named country in steps, rounded down.")
