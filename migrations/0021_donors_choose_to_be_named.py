"""Name a donor in the ticker only if the donor has chosen so; nobody was asked before."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0020_what_is_taken_back_names_nobody")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Profile", name="show_donations", field=fields.BooleanField(default=False, db_default=False)
        ),
        ops.RunSQL("UPDATE activity SET actor_id = NULL WHERE kind = 'DONATED'", "SELECT 1"),
    ]
