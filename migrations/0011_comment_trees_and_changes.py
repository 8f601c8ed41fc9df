"""Date the last change of existing comments, and index comments by their position in the tree and by their change."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class RunDialectSQL(ops.RunSQL):
    """Run a statement that each database writes in its own way."""

    def __init__(self, sqlite: str, postgres: str, reverse_sql: str = ops.RunSQL.noop) -> None:
        super().__init__(sqlite, reverse_sql)
        self._texts = {"sqlite": sqlite, "postgres": postgres}

    async def _run_sql(self, state_editor: ops.BaseSchemaEditor, sqls: str) -> None:
        await super()._run_sql(state_editor, self._texts[state_editor.DIALECT] if sqls == self.sql else sqls)


class Migration(migrations.Migration):
    dependencies = [("models", "0010_comments_have_updated_at")]

    initial = False

    operations = [
        RunDialectSQL(
            "UPDATE comments SET updated_at ="
            " max(created_at, coalesce(edited_at, created_at), coalesce(published_at, created_at))",
            "UPDATE comments SET updated_at = greatest(created_at, edited_at, published_at)",
        ),
        RunDialectSQL(
            "CREATE INDEX comments_preorder ON comments ((hex(path) || printf('%016X', id)))"
            " WHERE is_listed = true AND parent_id IS NOT NULL",
            "CREATE INDEX comments_preorder ON comments ((path || int8send(id)))"
            " WHERE is_listed = true AND parent_id IS NOT NULL",
            "DROP INDEX comments_preorder",
        ),
        ops.RunSQL(
            "CREATE INDEX comments_changed ON comments (campaign_id, updated_at, id) WHERE published_at IS NOT NULL",
            "DROP INDEX comments_changed",
        ),
    ]
