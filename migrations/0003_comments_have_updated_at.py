from tortoise import migrations
from tortoise.migrations import operations as ops
import datetime
from storage.fields import InstantField, now


class Migration(migrations.Migration):
    dependencies = [("models", "0002_emails_are_called_emails")]

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
