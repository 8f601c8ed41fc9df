"""The field `campaign` of each row that belongs to a campaign: activity, comments, donations, signatures, updates.

The resolver has a module of its own because `resolvers.campaigns` imports `resolvers.activity`, which needs the field.
"""

from collections.abc import Awaitable
from typing import Any

from models import Campaign
from resolvers.context import Context
from resolvers.declarations import reads


@reads("campaign_id")
def campaign_of(row: Any, context: Context) -> Awaitable[Campaign]:
    """The campaign."""
    return context.row(Campaign, row.campaign_id)
