"""Signatures: one a person a campaign, with the tallies that are kept of them."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index, PartialIndex

from models.campaigns import Campaign
from models.comments import Comment
from models.supporters import Supporter
from storage.database import Statement
from storage.fields import InstantField, now
from storage.rows import Row, columns


class SignatureState(StrEnum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    WITHDRAWN = "WITHDRAWN"
    REJECTED = "REJECTED"


STANDING = (SignatureState.PENDING, SignatureState.CONFIRMED)


class Signature(Row):
    """A person's, of whom there may be several with one address: only the first of these is counted.

    `counted_hash` is the place that an address has on a campaign: the hash of it, on the one signature that counts
    or waits to. It is empty once that is taken back, and on those that are not counted.
    """

    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    supporter_id: int | None
    supporter: fields.ForeignKeyNullableRelation[Supporter] = fields.ForeignKeyField(
        "models.Supporter", null=True, db_index=False
    )  # null once they are erased
    state = fields.CharEnumField(SignatureState, max_length=16, default=SignatureState.CONFIRMED)
    country = fields.CharField(max_length=2, null=True)
    signed_at = InstantField(default=now)
    comment_id: int | None
    comment: fields.ForeignKeyNullableRelation[Comment] = fields.ForeignKeyField(
        "models.Comment", null=True, db_index=False
    )  # posted in the same act
    address_hash = fields.CharField(max_length=64, null=True)  # keyed, of the address that it was given with
    counted_hash = fields.CharField(max_length=64, null=True)
    is_counted = fields.BooleanField(default=True, db_default=True)  # in whichever count its state is
    decided_at = InstantField(null=True)  # when the owner of the address confirmed or refused it
    remind_at = InstantField(null=True)  # when its owner is asked next
    reminder_count = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "signatures"
        unique_together = (("supporter_id", "campaign_id"), ("campaign_id", "counted_hash"))
        indexes = (
            # the recount of a campaign's counter
            Index(fields=("campaign_id", "state", "country"), name="signatures_of_campaign"),
            # whom to remind
            PartialIndex(fields=("remind_at",), name="signatures_to_remind", condition={"state": "PENDING"}),
        )

    @property
    def stands(self) -> bool:
        """Whether nobody has taken it back or refused it."""
        return self.state in STANDING


class CountryTally(Row):
    """Confirmed signatures of a campaign from one country."""

    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    country = fields.CharField(max_length=2)
    count = fields.IntField(default=0)

    class Meta:
        table = "country_tallies"
        unique_together = (("campaign_id", "country"),)
        # a campaign's countries, most signers first
        indexes = (Index(fields=("campaign_id", "count"), name="country_tallies_largest"),)


class Milestone(Row):
    """A rung of the ladder of goals that a campaign has reached."""

    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    count = fields.IntField()
    reached_at = InstantField(default=now)

    class Meta:
        table = "milestones"
        unique_together = (("campaign_id", "count"),)


OF_VIEWER = Statement(
    f"SELECT {columns(Signature, 's')} FROM signatures s WHERE s.supporter_id = $1 AND s.campaign_id IN {{ids $2}}"
)
COUNTRIES = Statement(
    f"SELECT {columns(CountryTally)} FROM country_tallies WHERE campaign_id = $1 AND count >= $2"
    " ORDER BY count DESC, country"
)
MILESTONES = Statement(
    f"SELECT {columns(Milestone, 'm')} FROM milestones m JOIN {{ids $1}} ids ON m.campaign_id = ids.value"
    " ORDER BY m.campaign_id, m.count"
)
REACH = Statement(
    "INSERT INTO milestones (campaign_id, count, reached_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (campaign_id, count) DO NOTHING RETURNING id"
)

# what signing needs to know of the campaign; it is locked first, so that its signatures come one after another
SIGNED = ("id", "title", "state", "comment_policy", "confirm_signatures", "name_display_ceiling")
TO_SIGN = Statement(f"SELECT {columns(Campaign, names=SIGNED)} FROM campaigns WHERE id = $1 {{for update}}")
_KNOWN = "EXISTS (SELECT 1 FROM signatures k WHERE k.campaign_id = $1 AND k.counted_hash IN {texts $8})"
_ALL = columns(Signature)
SIGN = Statement(
    "INSERT INTO signatures (campaign_id, supporter_id, state, country, signed_at, comment_id, address_hash,"
    " is_counted, counted_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, NOT " + _KNOWN + ","
    f" CASE WHEN {_KNOWN} THEN NULL ELSE CAST($7 AS VARCHAR(64)) END) RETURNING {_ALL}"
)
# after it was taken back or refused: it is as new
SIGN_AGAIN = Statement(
    "UPDATE signatures SET state = $3, country = $4, signed_at = $5, comment_id = coalesce($6, comment_id),"
    f" address_hash = $7, is_counted = NOT {_KNOWN}, decided_at = NULL, remind_at = NULL, reminder_count = 0,"
    f" counted_hash = CASE WHEN {_KNOWN} THEN NULL ELSE CAST($7 AS VARCHAR(64)) END"
    f" WHERE campaign_id = $1 AND supporter_id = $2 RETURNING {_ALL}"
)
# a reminder may be on its way
OWN = Statement(f"SELECT {_ALL} FROM signatures WHERE supporter_id = $1 AND campaign_id = $2 {{for update}}")
BY_ID = Statement(f"SELECT {_ALL} FROM signatures WHERE id = $1 {{for update}}")
ADD_COMMENT = Statement(f"UPDATE signatures SET comment_id = $2 WHERE id = $1 RETURNING {_ALL}")
TAKE_BACK = Statement(
    f"UPDATE signatures SET state = 'WITHDRAWN', counted_hash = NULL, remind_at = NULL WHERE id = $1 RETURNING {_ALL}"
)
COUNT = Statement(
    "UPDATE campaigns SET direct_signature_count = direct_signature_count + $2,"
    " supporter_count = supporter_count + $2, pending_signature_count = pending_signature_count + $3,"
    " withdrawn_signature_count = withdrawn_signature_count + $4, activity_seq = activity_seq + $5,"
    f" signatures_as_of = $6 WHERE id = $1 RETURNING {columns(Campaign)}"
)
COUNT_COUNTRY = Statement(
    "INSERT INTO country_tallies (campaign_id, country, count) VALUES ($1, $2, $3)"
    " ON CONFLICT (campaign_id, country) DO UPDATE SET count = country_tallies.count + $3 RETURNING id"
)
# what the ticker told of a signature names nobody any more
HIDE = Statement(
    "UPDATE activity SET actor_id = NULL WHERE actor_id = $1 AND campaign_id = $2 AND kind = 'SIGNED'"
    " AND subject_id = $3 RETURNING id"
)
# the place of an address goes over from one that waits to one that is confirmed; it is found by the address, since
# very many may wait
LEAVE_PLACE = Statement(
    "UPDATE signatures SET counted_hash = NULL, is_counted = false, remind_at = NULL WHERE state = 'PENDING' AND id IN"
    " (SELECT id FROM signatures WHERE campaign_id = $1 AND counted_hash IN {texts $2}) RETURNING id"
)
TAKE_PLACE = Statement(
    "UPDATE signatures SET counted_hash = address_hash, is_counted = true WHERE id = $1 AND NOT EXISTS"
    " (SELECT 1 FROM signatures k WHERE k.campaign_id = $2 AND k.counted_hash IN {texts $3})"
    f" RETURNING {_ALL}"
)
# after a rotation of keys
REHASH = Statement(
    "UPDATE signatures SET address_hash = $3, counted_hash = CASE WHEN counted_hash IS NULL THEN NULL"
    " ELSE CAST($3 AS VARCHAR(64)) END WHERE supporter_id = $1 AND address_hash = $2 RETURNING id"
)
