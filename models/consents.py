"""Consents: an append-only ledger of who agreed or refused, to which text and when. The latest entry counts."""

from tortoise import fields
from tortoise.indexes import Index

from models.partners import Partner
from models.supporters import Supporter
from storage.database import Statement
from storage.fields import InstantField, now
from storage.rows import Row, columns


class Consent(Row):
    """One answer of a person to one organisation; never updated."""

    id = fields.BigIntField(primary_key=True)
    supporter_id: int
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField("models.Supporter", db_index=False)
    organisation_id: int | None
    organisation: fields.ForeignKeyNullableRelation[Partner] = fields.ForeignKeyField(
        "models.Partner", null=True, db_index=False
    )  # null: the site itself
    granted = fields.BooleanField()
    text_version = fields.CharField(max_length=100)
    given_at = InstantField(default=now)

    class Meta:
        table = "consents"
        # the consents of a person, in order
        indexes = (Index(fields=("supporter_id", "id"), name="consents_of_supporter"),)


SELECT_LATEST = Statement(
    f"SELECT {columns(Consent)} FROM consents WHERE id IN"
    " (SELECT max(id) FROM consents WHERE supporter_id = $1 GROUP BY organisation_id) ORDER BY id"
)
