"""Rename what was called `address` and is an e-mail: columns, an index, and the table of confirmation requests."""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class RenameTable(ops.RenameModel):
    """Rename a model together with its table, whose name Tortoise otherwise keeps."""

    def __init__(self, old_name: str, new_name: str, table: str) -> None:
        super().__init__(old_name, new_name)
        self.table = table

    def state_forward(self, app_label: str, state: ops.State) -> None:
        model = state.models[(app_label, self.old_name)]
        model.table = model.options["table"] = self.table
        super().state_forward(app_label, state)


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]

    initial = False

    operations = [
        ops.RemoveIndex(model_name="AskedAddress", name="asked_addresses_oldest"),
        ops.RenameField(model_name="AskedAddress", old_name="address_hash", new_name="email_hash"),
        RenameTable("AskedAddress", "ConfirmationRequest", "confirmation_requests"),
        ops.AddIndex(
            model_name="ConfirmationRequest", index=Index(fields=["asked_at"], name="confirmation_requests_oldest")
        ),
        ops.RemoveIndex(model_name="Mail", name="mails_address"),
        ops.RenameField(model_name="Mail", old_name="address_sealed", new_name="email_sealed"),
        ops.RenameField(model_name="Mail", old_name="address_hash", new_name="email_hash"),
        ops.AddIndex(model_name="Mail", index=Index(fields=["email_hash"], name="mails_email")),
        ops.RenameField(model_name="SignInCode", old_name="address_hash", new_name="email_hash"),
        ops.RenameField(model_name="Signature", old_name="address_hash", new_name="email_hash"),
    ]
