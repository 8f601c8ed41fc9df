"""Write the two shorter names of everyone who has a profile, from the encrypted family names."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

from models import NameDisplay
from resolvers.names import public_names
from storage import sealing
from storage.database import Statement, json_list

BATCH_SIZE = 1_000

SELECT_PEOPLE = Statement(
    "SELECT s.id, p.given_name, p.family_name_sealed, p.family_name_first, p.name_display, s.name_ceiling"
    " FROM supporters s JOIN profiles p ON p.supporter_id = s.id WHERE s.id > $1 ORDER BY s.id LIMIT $2"
)
UPDATE_NAMES = Statement(
    "UPDATE supporters SET first_name_initial = n.b, initials = n.c FROM {named $1} n WHERE supporters.id = n.a"
    " RETURNING supporters.id"
)


async def write_names(apps: Any, editor: Any) -> None:
    async def fetch(statement: Statement, *values: Any) -> Any:
        return await editor.client.fetch(getattr(statement, editor.client.dialect), values)

    last_id = 0
    while rows := await fetch(SELECT_PEOPLE, last_id, BATCH_SIZE):
        await fetch(UPDATE_NAMES, json_list((row[0], *_shorter_names(*row)) for row in rows))
        last_id = rows[-1][0]


def _shorter_names(
    supporter_id: int, given: str, sealed: bytes | None, family_first: bool, display: str, ceiling: str
) -> tuple[str, str]:
    family = sealing.unseal(sealed, "profiles.family_name", supporter_id)
    names = public_names(given, family, NameDisplay(display).capped(NameDisplay(ceiling)), bool(family_first))
    return names.first_name_initial, names.initials


class Migration(migrations.Migration):
    dependencies = [("models", "0005_campaign_forms")]

    initial = False

    operations = [ops.RunPython(write_names, ops.RunPython.noop)]
