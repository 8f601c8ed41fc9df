"""Write the counts with which each day began, from the signatures and reports of partners that count now.

A signature that was withdrawn before is in no day; a partner's report counts from the day on which it was accepted.
"""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

from storage.database import Statement

DAY = {"sqlite": "substr({0}, 1, 10)", "postgres": "CAST({0} AT TIME ZONE 'UTC' AS DATE)"}


def _insert_days(dialect: str) -> str:
    counted, accepted, earlier = "coalesce(decided_at, signed_at)", *(
        f"coalesce({alias}.decided_at, {alias}.reported_at)" for alias in ("t", "e")
    )
    return f"""
        INSERT INTO signature_days (campaign_id, day, direct_signature_count, partner_signature_count)
        SELECT campaign_id, day, sum(direct) OVER days - direct, sum(partner) OVER days - partner FROM (
            SELECT campaign_id, day, sum(direct) AS direct, sum(partner) AS partner FROM (
                SELECT campaign_id, {DAY[dialect].format(counted)} AS day, 1 AS direct, 0 AS partner
                FROM signatures WHERE state = 'CONFIRMED' AND is_counted = true
                UNION ALL
                SELECT l.campaign_id, {DAY[dialect].format(accepted)}, 0, t.signatures - coalesce(
                    lag(t.signatures) OVER (PARTITION BY t.link_id ORDER BY t.as_of, t.id), 0)
                FROM partner_tallies t JOIN campaign_partners l ON l.id = t.link_id
                WHERE t.state = 'ACCEPTED' AND NOT EXISTS (
                    SELECT 1 FROM partner_tallies e WHERE e.link_id = t.link_id AND e.state = 'ACCEPTED'
                    AND ({earlier}, e.id) < ({accepted}, t.id) AND (e.as_of, e.id) > (t.as_of, t.id))
            ) changes GROUP BY campaign_id, day
        ) changed_days WINDOW days AS (PARTITION BY campaign_id ORDER BY day) RETURNING id"""


INSERT_DAYS = Statement(_insert_days("sqlite"), _insert_days("postgres"))


async def write_days(apps: Any, editor: Any) -> None:
    await editor.client.fetch(getattr(INSERT_DAYS, editor.client.dialect), ())


class Migration(migrations.Migration):
    dependencies = [("models", "0006_names_of_the_ticker")]

    initial = False

    operations = [ops.RunPython(write_days, ops.RunPython.noop)]
