from tortoise import migrations
from tortoise.migrations import operations as ops
import datetime
from storage.fields import InstantField, now


class Migration(migrations.Migration):
    dependencies = [("models", "0009_counts_and_amounts_have_64_bits")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Comment",
            name="updated_at",
            field=InstantField(
                default=now,
                db_default=datetime.datetime.fromisoformat("1970-01-01T00:00:00+00:00"),
                auto_now=False,
                auto_now_add=False,
            ),
        ),
    ]
