"""The GraphQL schema: the root types Query, Mutation and Subscription, composed of the fields of each noun."""

import strawberry

import resolvers.nodes
import resolvers.reactions
import resolvers.votes
from schema.activity import ACTIVITY_TYPES, ActivitySubscription
from schema.api_keys import ApiKeyMutation, ApiKeyQuery
from schema.campaigns import CampaignMutation, CampaignQuery
from schema.comments import Comment, CommentMutation
from schema.donations import DonationMutation
from schema.erasures import ErasureMutation
from schema.events import EventQuery
from schema.fields import check_cursors, field
from schema.moderation import ModerationMutation, ModerationQuery, ModerationSubscription
from schema.mutations import mutation
from schema.name_previews import NamePreviewQuery
from schema.nodes import Node
from schema.partners import PartnerMutation
from schema.pulses import PulseSubscription
from schema.rate_limits import RateLimitQuery
from schema.scalars import SCALARS
from schema.server_info import ServiceQuery
from schema.sessions import SessionMutation
from schema.sign_in_codes import SignInCodeMutation
from schema.signing import SigningMutation
from schema.supporters import SupporterMutation, SupporterQuery
from schema.tallies import TallyMutation
from schema.updates import UpdateMutation


@strawberry.type(description="Everything that can be read.")
class Query(
    CampaignQuery,
    EventQuery,
    NamePreviewQuery,
    SupporterQuery,
    ModerationQuery,
    ApiKeyQuery,
    RateLimitQuery,
    ServiceQuery,
):
    node: Node | None = field(resolvers.nodes.node)
    nodes: list[Node | None] = field(resolvers.nodes.nodes)


@strawberry.type(
    description="Everything that can be changed. A result is a payload, or a Problem that says what to do."
)
class Mutation(
    CampaignMutation,
    UpdateMutation,
    PartnerMutation,
    TallyMutation,
    DonationMutation,
    SigningMutation,
    SupporterMutation,
    ErasureMutation,
    SessionMutation,
    SignInCodeMutation,
    CommentMutation,
    ModerationMutation,
    ApiKeyMutation,
):
    cast_vote = mutation(resolvers.votes.cast_vote, comment=Comment)
    retract_vote = mutation(resolvers.votes.retract_vote, comment=Comment)
    add_reaction = mutation(resolvers.reactions.add_reaction, comment=Comment)
    remove_reaction = mutation(resolvers.reactions.remove_reaction, comment=Comment)


@strawberry.type(description="Everything that can be followed live.")
class Subscription(ActivitySubscription, PulseSubscription, ModerationSubscription):
    pass


__all__ = ["ACTIVITY_TYPES", "SCALARS", "Mutation", "Query", "Subscription", "check_cursors"]
