"""Publications: the statements that publish a campaign's counter, its SIGNED lines, and its numbers by country."""

from models.campaigns import Campaign
from models.signature_days import LAST_DAY
from models.signatures import Signature
from storage.database import Statement
from storage.rows import columns

# counters that changed before the current step of COUNTER_SECONDS began
SELECT_DUE = Statement("SELECT id FROM campaigns WHERE unpublished_since < $1 ORDER BY id")
ANNOUNCE_SIGNATURES = Statement(
    "UPDATE signatures SET is_unannounced = false WHERE campaign_id = $1 AND is_unannounced = true"
    f" RETURNING {columns(Signature)}"
)
PUBLISH_COUNTER = Statement(
    "UPDATE campaigns SET supporter_count = supporter_count + unpublished_direct_count + unpublished_partner_count,"
    " direct_signature_count = direct_signature_count + unpublished_direct_count,"
    " partner_signature_count = partner_signature_count + unpublished_partner_count,"
    " pending_signature_count = pending_signature_count + unpublished_pending_count,"
    " withdrawn_signature_count = withdrawn_signature_count + unpublished_withdrawn_count,"
    " unpublished_direct_count = 0, unpublished_partner_count = 0, unpublished_pending_count = 0,"
    " unpublished_withdrawn_count = 0, unpublished_since = NULL, signatures_as_of = $2,"
    f" activity_seq = activity_seq + $3 WHERE id = $1 RETURNING {columns(Campaign)}, {LAST_DAY}"
)
SELECT_PUBLISHED_AT = Statement("SELECT id, signatures_as_of FROM campaigns WHERE id IN {ids $1}")

# campaigns whose countries were not published since the current step of COUNTRY_HOURS began
SELECT_COUNTRIES_DUE = Statement(
    "SELECT id FROM campaigns WHERE coalesce(countries_published_at, created_at) < $1 ORDER BY id"
)
CLAIM_COUNTRIES = Statement(
    "UPDATE campaigns SET countries_published_at = $2"
    " WHERE id = $1 AND coalesce(countries_published_at, created_at) < $3 RETURNING id"
)
# to the next lower step, unless less than a step has changed; $2 is the step
PUBLISH_COUNTRIES = Statement(
    "UPDATE country_tallies SET count = exact_count / $2 * $2 WHERE campaign_id = $1"
    " AND (exact_count >= count + $2 OR exact_count <= count - $2 OR count % $2 <> 0) RETURNING id"
)
