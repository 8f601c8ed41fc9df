"""Widen the counts and amounts that are sums of what partners and payment providers report, from 32 to 64 bits."""

from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

COUNTS_OF_CAMPAIGN = (
    "supporter_count",
    "direct_signature_count",
    "pending_signature_count",
    "partner_signature_count",
    "offline_signature_count",
    "withdrawn_signature_count",
    "drift",
)


class Widen(ops.AlterField):
    """Make a column a 64-bit integer.

    SQLite's integers have 64 bits already, and Tortoise would rebuild the table without its unique constraints.
    """

    async def database_forward(
        self, app_label: str, old_state: ops.State, new_state: ops.State, state_editor: Any = None
    ) -> None:
        if state_editor is not None and state_editor.client.capabilities.dialect == "postgres":
            table = new_state.apps.get_model(f"{app_label}.{self.model_name}")._meta.db_table
            await state_editor.client.execute_script(
                f'ALTER TABLE "{table}" ALTER COLUMN "{self.name}" TYPE BIGINT'
            )


class Migration(migrations.Migration):
    dependencies = [("models", "0008_campaigns_of_state")]

    initial = False

    operations = [
        *(Widen("Campaign", name, fields.BigIntField(default=0)) for name in COUNTS_OF_CAMPAIGN),
        Widen("CampaignPartner", "signatures", fields.BigIntField(default=0)),
        Widen("PartnerTally", "signatures", fields.BigIntField()),
        Widen("Milestone", "count", fields.BigIntField()),
        Widen("Donation", "amount_minor", fields.BigIntField()),
        Widen("DonationCorrection", "amount_minor", fields.BigIntField()),
    ]
