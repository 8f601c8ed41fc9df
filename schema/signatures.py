"""Signatures and the counter that explains itself."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
import resolvers.campaigns
import resolvers.signatures
from models import CountryCode, SignatureState
from schema.fields import enum, field
from schema.nodes import Node
from schema.supporters import Supporter

if TYPE_CHECKING:
    from schema.campaigns import Campaign
    from schema.comments import Comment

enum(
    SignatureState,
    "Whether a signature counts.",
    PENDING="Waits for its e-mail to be confirmed.",
    CONFIRMED="Counts.",
    WITHDRAWN="Taken back by the signer.",
    REJECTED="Refused by the owner of the e-mail address, or as not genuine.",
)


@strawberry.type(description="One person's name under a campaign. Only the signer can ask for it by id.")
class Signature(Node, model=models.Signature):
    campaign: Annotated["Campaign", strawberry.lazy("schema.campaigns")] = field(resolvers.campaigns.of)
    supporter: Supporter | None = field(resolvers.signatures.supporter)
    signed_at: datetime = field(resolvers.signatures.signed_at)
    state: SignatureState = field("Whether it counts.")
    comment: Annotated["Comment", strawberry.lazy("schema.comments")] | None = field(resolvers.signatures.comment)


@strawberry.type(description="The counter, explained: total = direct + partner + offline.")
class SupporterCount:
    total: int = field("Everyone who stands behind the campaign.")
    direct: int = field("Confirmed signatures given here.")
    pending: int = field("Signatures given here that wait for confirmation; not in the total.")
    partner: int = field("Signatures gathered by partners, by their latest reports.")
    offline: int = field("Signatures gathered on paper.")
    withdrawn: int = field("Signatures taken back; not in the total.")
    as_of: datetime = field("When the counter last changed.")
    last_audit_at: datetime | None = field("When it was last recounted from the signatures.")
    drift: int = field("By how many signatures that recount had to correct these parts; 0 is as it should be.")


@strawberry.type(description="A number of supporters that was reached.")
class Milestone:
    count: int = field("The number.")
    reached_at: datetime = field("When it was reached.")


@strawberry.type(description="The next number to reach.")
class SignatureGoal:
    current: int = field("Supporters now.")
    target: int = field("The next rung of the ladder: 100, 500, 1,000 ... a million, and on.")
    remaining: int = field("How many are missing.")
    percent: float = field("How much of the target is reached, from 0 to 100.")
    reached: list[Milestone] = field(resolvers.signatures.reached)


@strawberry.type(description="Confirmed signers from one country.")
class CountryCount:
    country: CountryCode | None = field("The country; null for those too few to be named, and those who did not say.")
    count: int = field("How many.")
