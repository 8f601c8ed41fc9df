"""Signature counters with any value, without the rows that they count."""

from datetime import datetime

import storage
from storage.database import Statement
from tests.support.ids import row_id

UPDATE_COUNTERS = Statement(
    "UPDATE campaigns SET direct_signature_count = $2, partner_signature_count = $3,"
    " supporter_count = offline_signature_count + $2 + $3, signatures_as_of = $4 WHERE id = $1"
)


async def set_counter(campaign: str, direct: int, partner: int, at: datetime) -> None:
    """Set a campaign's counters, for tests of how a count is shown; an audit would report a drift."""
    async with storage.transaction():
        await storage.fetch(UPDATE_COUNTERS, row_id(campaign), direct, partner, at)
