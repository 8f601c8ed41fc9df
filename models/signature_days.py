"""Signature days: the counts with which each UTC day began on which a campaign's counter changed.

The net change of a period is the difference between two such counts, so the chart of signatures needs no further row
or column for each signature, and a row of the past is never written again. The chart tells nothing that the counter
does not tell: whoever reads the public counter at each midnight can draw the same chart. A signature that is withdrawn
or erased is subtracted on the day of the withdrawal or erasure, so no period tells on which day it was given.
"""

from tortoise import fields

from models.campaigns import Campaign
from storage.database import Statement
from storage.rows import Row


class SignatureDay(Row):
    """A campaign's counts before the first change of this UTC day. The first day of a campaign begins with 0."""

    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    day = fields.DateField()
    direct_signature_count = fields.BigIntField(default=0, db_default=0)
    partner_signature_count = fields.BigIntField(default=0, db_default=0)

    class Meta:
        table = "signature_days"
        unique_together = (("campaign_id", "day"),)


# the campaign's last day, for a statement that changes the campaign's counts
LAST_DAY = "(SELECT max(d.day) FROM signature_days d WHERE d.campaign_id = campaigns.id)"
INSERT_DAY = Statement(
    "INSERT INTO signature_days (campaign_id, day, direct_signature_count, partner_signature_count)"
    " VALUES ($1, $2, $3, $4) ON CONFLICT (campaign_id, day) DO NOTHING RETURNING id"
)
_SELECT_COUNTS_AT = (
    "SELECT c.value, b.value, d.direct_signature_count, d.partner_signature_count FROM {ids $1} c"
    " CROSS JOIN {texts $2} b CROSS JOIN signature_days d WHERE d.campaign_id = c.value AND d.day ="
    " (SELECT min(m.day) FROM signature_days m WHERE m.campaign_id = c.value AND m.day >= CAST(b.value AS %s))"
)
# for each campaign and each day of a list the first row on or after the day, which has the counts at its beginning
SELECT_COUNTS_AT = Statement(_SELECT_COUNTS_AT % "TEXT", _SELECT_COUNTS_AT % "DATE")
