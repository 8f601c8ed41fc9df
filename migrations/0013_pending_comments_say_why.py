"""Say of the comments that are PENDING already why they wait: only a campaign's policy makes a comment PENDING."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0012_moderation_context")]

    initial = False

    operations = [
        ops.RunSQL(
            "UPDATE comments SET held_because = 'PREMODERATED' WHERE state = 'PENDING'",
            "UPDATE comments SET held_because = NULL",
        ),
    ]
