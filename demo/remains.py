"""What a load that was broken off has left, and how it is taken away."""

import storage
from models import Campaign, Profile
from storage.database import Statement, json_list
from storage.rows import columns

# those who signed, and the team once it has written
_PEOPLE = Statement(
    "SELECT supporter_id FROM signatures WHERE campaign_id = $1 AND supporter_id IS NOT NULL"
    " UNION SELECT author_id FROM comments WHERE campaign_id = $1"
)
# before the comments that they may name, or each of these would look through all of them
_REMOVE_SIGNATURES = Statement("DELETE FROM signatures WHERE campaign_id = $1")
_REMOVE_CAMPAIGN = Statement("DELETE FROM campaigns WHERE id = $1")
_REMOVE_PEOPLE = Statement("DELETE FROM supporters WHERE id IN {ids $1}")


_FIRST_SIGNER = Statement(
    f"SELECT {columns(Profile, 'p')} FROM profiles p JOIN signatures s ON s.supporter_id = p.supporter_id"
    " WHERE s.campaign_id = $1 ORDER BY s.id LIMIT 1"
)


def signers(campaign_id: int) -> str:
    """How the addresses of the demo's signers begin."""
    return f"signer-{campaign_id}-"


async def remove(campaign: Campaign) -> None:
    """Take away a campaign with all that happened on it, and those who took part; a SystemExit if it is another's."""
    campaign_id = campaign.id
    first = await storage.read_one(Profile, _FIRST_SIGNER, campaign_id)
    if first is None or not (first.email or "").startswith(signers(campaign_id)):
        raise SystemExit(f"The campaign {campaign.slug!r} here is not the demo's: give it a database of its own.")
    people = [row[0] for row in await storage.fetch(_PEOPLE, campaign_id)]
    await storage.fetch(_REMOVE_SIGNATURES, campaign_id)
    await storage.fetch(_REMOVE_CAMPAIGN, campaign_id)
    await storage.fetch(_REMOVE_PEOPLE, json_list(people))
