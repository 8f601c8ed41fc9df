"""What a load that was broken off has left, and how it is taken away."""

import models
from models.database import Statement, json_list

# those who signed, and the team once it has written
_PEOPLE = Statement(
    "SELECT supporter_id FROM signatures WHERE campaign_id = $1 AND supporter_id IS NOT NULL"
    " UNION SELECT author_id FROM comments WHERE campaign_id = $1"
)
# before the comments that they may name, or each of these would look through all of them
_REMOVE_SIGNATURES = Statement("DELETE FROM signatures WHERE campaign_id = $1")
_REMOVE_CAMPAIGN = Statement("DELETE FROM campaigns WHERE id = $1")
_REMOVE_PEOPLE = Statement("DELETE FROM supporters WHERE id IN {ids $1}")


async def remove(campaign_id: int) -> None:
    """Take away a campaign with all that happened on it, and those who took part."""
    people = [row[0] for row in await models.fetch(_PEOPLE, campaign_id)]
    await models.fetch(_REMOVE_SIGNATURES, campaign_id)
    await models.fetch(_REMOVE_CAMPAIGN, campaign_id)
    await models.fetch(_REMOVE_PEOPLE, json_list(people))
