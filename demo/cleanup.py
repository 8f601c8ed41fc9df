"""Cleanup: delete what an interrupted load has left in the database."""

import models
import storage
from storage.database import Statement, json_list
from storage.rows import columns

# The signers, and the team if it has commented.
_SELECT_SUPPORTERS = Statement(
    "SELECT supporter_id FROM signatures WHERE campaign_id = $1 AND supporter_id IS NOT NULL"
    " UNION SELECT author_id FROM comments WHERE campaign_id = $1"
)
# Deleted before the comments that signatures refer to: deleting a comment scans the campaign's signatures.
_DELETE_SIGNATURES = Statement("DELETE FROM signatures WHERE campaign_id = $1")
_DELETE_CAMPAIGN = Statement("DELETE FROM campaigns WHERE id = $1")
_DELETE_SUPPORTERS = Statement("DELETE FROM supporters WHERE id IN {ids $1}")
_SELECT_FIRST_SIGNER = Statement(
    f"SELECT {columns(models.Profile, 'p')} FROM profiles p JOIN signatures s ON s.supporter_id = p.supporter_id"
    " WHERE s.campaign_id = $1 ORDER BY s.id LIMIT 1"
)


def signer_email_prefix(campaign_id: int) -> str:
    """Return the prefix of the demo signers' emails; only campaigns of the demo have such signers."""
    return f"signer-{campaign_id}-"


async def delete_campaign(campaign: models.Campaign) -> None:
    """Delete a campaign with its activity, signers and authors, or raise SystemExit if the demo did not create it."""
    campaign_id = campaign.id
    first_signer = await storage.read_one(models.Profile, _SELECT_FIRST_SIGNER, campaign_id)
    if first_signer is None or not (first_signer.email or "").startswith(signer_email_prefix(campaign_id)):
        raise SystemExit(f"The campaign {campaign.slug!r} here is not the demo's: give it a database of its own.")
    supporter_ids = [row[0] for row in await storage.fetch(_SELECT_SUPPORTERS, campaign_id)]
    await storage.fetch(_DELETE_SIGNATURES, campaign_id)
    await storage.fetch(_DELETE_CAMPAIGN, campaign_id)
    await storage.fetch(_DELETE_SUPPORTERS, json_list(supporter_ids))
