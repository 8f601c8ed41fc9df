"""Publish the counter, the SIGNED lines and the numbers by country in steps, apart from the exact numbers.

What waits and what was withdrawn is counted whether or not it counts for its e-mail, so these numbers do not tell.
"""

from tortoise import fields, migrations
from tortoise.indexes import PartialIndex
from tortoise.migrations import operations as ops

from storage.fields import InstantField
from storage.indexes import ConditionalIndex

RECOUNT = """UPDATE campaigns SET {column} =
    (SELECT count(*) FROM signatures s WHERE s.campaign_id = campaigns.id AND s.state = '{state}'{counted})"""
RECOUNTED = {"pending_signature_count": "PENDING", "withdrawn_signature_count": "WITHDRAWN"}


class Migration(migrations.Migration):
    dependencies = [("models", "0018_newest_claims_of_identities")]

    initial = False

    operations = [
        *(
            ops.AddField(
                model_name="Campaign",
                name=f"unpublished_{part}_count",
                field=fields.BigIntField(default=0, db_default=0),
            )
            for part in ("direct", "partner", "pending", "withdrawn")
        ),
        ops.AddField(
            model_name="Campaign",
            name="unpublished_since",
            field=InstantField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Campaign",
            name="countries_published_at",
            field=InstantField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name="Campaign",
            index=ConditionalIndex(
                fields=["unpublished_since"], name="campaigns_to_publish", where="unpublished_since IS NOT NULL"
            ),
        ),
        ops.AddField(
            model_name="Signature", name="is_unannounced", field=fields.BooleanField(default=False, db_default=False)
        ),
        ops.AddIndex(
            model_name="Signature",
            index=PartialIndex(
                fields=["campaign_id", "id"], name="signatures_to_announce", condition={"is_unannounced": True}
            ),
        ),
        ops.AddField(model_name="CountryTally", name="exact_count", field=fields.IntField(default=0, db_default=0)),
        ops.RunSQL("UPDATE country_tallies SET exact_count = count", "UPDATE country_tallies SET count = exact_count"),
        *(
            ops.RunSQL(
                RECOUNT.format(column=column, state=state, counted=""),
                RECOUNT.format(column=column, state=state, counted=" AND s.is_counted = true"),
            )
            for column, state in RECOUNTED.items()
        ),
    ]
