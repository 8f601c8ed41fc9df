"""Give old rows of the activity log their detail, where other tables still tell it: milestones and partners' reports.

A milestone and a report have the same time as their row of the log, since one transaction wrote both. The kind of an
old reaction is not derived: it was given while the log did not show it. Changed fields of a campaign are not known.
"""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

MILESTONES = """
    WITH events AS (
        SELECT id, campaign_id, occurred_at,
            row_number() OVER (PARTITION BY campaign_id, occurred_at ORDER BY seq) AS place
        FROM activity WHERE kind = 'MILESTONE_REACHED'
    ), goals AS (
        SELECT campaign_id, count, reached_at,
            row_number() OVER (PARTITION BY campaign_id, reached_at ORDER BY count) AS place
        FROM milestones
    )
    UPDATE activity SET detail = {json} FROM (
        SELECT e.id, '{{"milestone":' || g.count || '}}' AS detail FROM events e JOIN goals g
        ON g.campaign_id = e.campaign_id AND g.reached_at = e.occurred_at AND g.place = e.place
    ) known WHERE known.id = activity.id AND activity.detail IS NULL
"""
REPORTS = """
    UPDATE activity SET detail = {json} FROM (
        SELECT a.id, '{{"partner_id":' || l.partner_id || ',"signatures":' || t.signatures || '}}' AS detail
        FROM activity a
        JOIN campaign_partners l ON l.campaign_id = a.campaign_id
        JOIN partner_tallies t ON t.link_id = l.id AND t.state = 'ACCEPTED'
            AND coalesce(t.decided_at, t.reported_at) = a.occurred_at
        WHERE a.kind = 'PARTNER_REPORTED'
    ) known WHERE known.id = activity.id AND activity.detail IS NULL
"""


async def derive_details(apps: Any, editor: Any) -> None:
    """Write the details of milestones and reports that have none."""
    json = "CAST(known.detail AS JSONB)" if editor.DIALECT == "postgres" else "known.detail"
    for statement in (MILESTONES, REPORTS):
        await editor.client.execute_query(statement.format(json=json))


class Migration(migrations.Migration):
    dependencies = [("models", "0003_activity_details")]

    initial = False

    operations = [ops.RunPython(derive_details, ops.RunPython.noop)]
