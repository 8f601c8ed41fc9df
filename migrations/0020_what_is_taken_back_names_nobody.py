"""Remove the actor from the lines of what was taken back, and remember which reactions the ticker has told of."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from models import ReactionKind

HIDDEN = (
    # comments that are not shown
    "kind IN ('COMMENTED', 'REPLIED', 'COMMENT_EDITED') AND EXISTS (SELECT 1 FROM comments c"
    " WHERE c.id = activity.subject_id AND c.state <> 'VISIBLE')",
    # comments that were posted with a signature that is withdrawn
    "kind = 'COMMENTED' AND EXISTS (SELECT 1 FROM signatures s WHERE s.supporter_id = activity.actor_id"
    " AND s.campaign_id = activity.campaign_id AND s.comment_id = activity.subject_id AND s.state = 'WITHDRAWN')",
    # reactions that were removed: their kind is gone
    "kind = 'REACTED' AND detail IS NULL",
)


def _reference(model: str) -> fields.ForeignKeyRelation:  # type: ignore[type-arg]
    return fields.ForeignKeyField(
        f"models.{model}",
        source_field=f"{model.lower()}_id",
        db_constraint=True,
        to_field="id",
        on_delete=OnDelete.CASCADE,
    )


class Migration(migrations.Migration):
    dependencies = [("models", "0019_counters_are_published_in_steps")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AnnouncedReaction",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("supporter", _reference("Supporter")),
                ("comment", _reference("Comment")),
                ("kind", fields.CharEnumField(enum_type=ReactionKind, max_length=16)),
            ],
            options={
                "table": "announced_reactions",
                "app": "models",
                "unique_together": (("supporter_id", "comment_id", "kind"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL(
            "INSERT INTO announced_reactions (supporter_id, comment_id, kind)"
            " SELECT supporter_id, comment_id, kind FROM reactions",
            "DELETE FROM announced_reactions",
        ),
        *(
            ops.RunSQL(f"UPDATE activity SET actor_id = NULL WHERE actor_id IS NOT NULL AND {hidden}", "SELECT 1")
            for hidden in HIDDEN
        ),
    ]
