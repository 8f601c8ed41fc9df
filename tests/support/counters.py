"""A campaign's counter as it stands after more signatures than a test gives."""

from datetime import datetime

import storage
from storage.database import Statement
from tests.support.ids import row_id

_SET = Statement(
    "UPDATE campaigns SET direct_signature_count = $2, partner_signature_count = $3,"
    " supporter_count = offline_signature_count + $2 + $3, signatures_as_of = $4 WHERE id = $1"
)


async def set_counter(campaign: str, direct: int, partner: int, at: datetime) -> None:
    """Without a row behind it: for tests of what is shown, not of what is counted."""
    async with storage.transaction():
        await storage.fetch(_SET, row_id(campaign), direct, partner, at)
