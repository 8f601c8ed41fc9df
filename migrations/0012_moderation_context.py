from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index, PartialIndex


class Migration(migrations.Migration):
    dependencies = [("models", "0011_comment_trees_and_changes")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Comment",
            name="held_because",
            field=fields.CharField(null=True, max_length=32),
        ),
        ops.AddIndex(
            model_name="Comment",
            index=Index(
                fields=["campaign_id", "state", "flag_count", "created_at", "id"], name="comments_most_flagged_of_state"
            ),
        ),
        ops.AddIndex(
            model_name="Comment",
            index=PartialIndex(
                fields=["campaign_id", "flag_count", "created_at", "id"],
                name="comments_most_flagged",
                condition={"is_queued": True},
            ),
        ),
        ops.AddIndex(
            model_name="CommentFlag",
            index=Index(fields=["comment_id", "id"], name="comment_flags_in_order"),
        ),
    ]
