"""Updates: the dated news of a campaign."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
import resolvers.updates
from schema.fields import field
from schema.mutations import mutation
from schema.nodes import Node
from schema.rich_text import RichText

if TYPE_CHECKING:
    from schema.campaigns import Campaign


@strawberry.type(description="Dated news of a campaign.")
class CampaignUpdate(Node, model=models.CampaignUpdate):
    campaign: Annotated["Campaign", strawberry.lazy("schema.campaigns")] = field(resolvers.updates.campaign)
    posted_at: datetime = field("The date of the news.")
    edited_at: datetime | None = field("When the news was last edited; null if never.")
    title: str = field("The headline.")
    body: RichText = field("The text.")
    is_pinned: bool = field("Whether front ends should show the news above later news.")


@strawberry.type
class UpdateMutation:
    post_update = mutation(resolvers.updates.post_update, update=CampaignUpdate)
