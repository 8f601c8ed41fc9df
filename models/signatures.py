"""Signatures (one for each person and campaign), signatures by country, and reached milestones.

A signature changes no public number at once, and writes no line of the ticker: both are published together, every
COUNTER_SECONDS, by `resolvers/publications.py`. So what the public sees after a signature does not tell whether it
counts, which depends on whether its e-mail had signed before.
"""

from datetime import datetime
from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index, PartialIndex

from models.campaigns import Campaign
from models.comments import Comment
from models.supporters import Supporter
from storage.database import Statement
from storage.fields import EnumField, InstantField, now
from storage.indexes import ConditionalIndex
from storage.keyset import Sort
from storage.rows import Row, columns


class SignatureState(StrEnum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    WITHDRAWN = "WITHDRAWN"
    REJECTED = "REJECTED"


ACTIVE_STATES = (SignatureState.PENDING, SignatureState.CONFIRMED)


IS_UNCOUNTED = "is_counted = false"


class SignatureSort(Sort):
    NEWEST = ("DESC", "signed_at", "id")


class Signature(Row):
    """A person's signature under a campaign. Of several signatures with one email, only the first is counted.

    `counted_hash` is the counted slot of an email on a campaign: the email's hash, on the one signature that counts
    or that will count once it is confirmed. The column is null on withdrawn signatures and on those not counted.
    """

    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    supporter_id: int | None
    supporter: fields.ForeignKeyNullableRelation[Supporter] = fields.ForeignKeyField(
        "models.Supporter", null=True, db_index=False
    )  # null once the signer is erased
    state = EnumField(SignatureState, max_length=16, default=SignatureState.CONFIRMED)
    country = fields.CharField(max_length=2, null=True)
    signed_at = InstantField(default=now)
    comment_id: int | None
    comment: fields.ForeignKeyNullableRelation[Comment] = fields.ForeignKeyField(
        "models.Comment", null=True, db_index=False
    )  # posted together with the signature
    email_hash = fields.CharField(max_length=64, null=True)  # keyed hash of the email given when signing
    counted_hash = fields.CharField(max_length=64, null=True)
    is_counted = fields.BooleanField(default=True, db_default=True)  # of those with its email, the one that counts
    is_unannounced = fields.BooleanField(default=False, db_default=False)  # confirmed, and not in the ticker yet
    decided_at = InstantField(null=True)  # when the owner of the email confirmed or refused
    remind_at = InstantField(null=True)  # when the next reminder is due
    reminder_count = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "signatures"
        unique_together = (("supporter_id", "campaign_id"), ("campaign_id", "counted_hash"))
        indexes = (
            # the audit, which recounts a campaign's signatures
            Index(fields=("campaign_id", "state", "country"), name="signatures_of_campaign"),
            # a person's own signatures, newest first
            Index(fields=("supporter_id", "signed_at", "id"), name="signatures_of_supporter"),
            # the signatures that may be counted next for an e-mail
            ConditionalIndex(fields=("campaign_id", "email_hash"), name="signatures_uncounted", where=IS_UNCOUNTED),
            # reminders that are due
            PartialIndex(fields=("remind_at",), name="signatures_to_remind", condition={"state": "PENDING"}),
            # signatures that the ticker is still to announce
            PartialIndex(
                fields=("campaign_id", "id"), name="signatures_to_announce", condition={"is_unannounced": True}
            ),
        )

    @property
    def accepted_at(self) -> datetime:
        """Return when the signature was confirmed, or given if it needed no confirmation."""
        return self.decided_at or self.signed_at

    @property
    def is_active(self) -> bool:
        """Return whether the signature is neither withdrawn nor rejected."""
        return self.state in ACTIVE_STATES


class CountryTally(Row):
    """The number of confirmed signatures of a campaign from one country, exact and as the public sees it.

    The public number moves in steps of COUNTRY_FLOOR signers, every COUNTRY_HOURS. It rises when a step is full and
    falls only when a whole step is missing, so no single signature or erasure can be seen in it.
    """

    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    country = fields.CharField(max_length=2)
    count = fields.IntField(default=0)  # as published
    exact_count = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "country_tallies"
        unique_together = (("campaign_id", "country"),)
        # countries of a campaign, most signatures first
        indexes = (Index(fields=("campaign_id", "count"), name="country_tallies_largest"),)


class Milestone(Row):
    """A number of supporters that a campaign has reached."""

    id = fields.BigIntField(primary_key=True)
    campaign_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("models.Campaign", db_index=False)
    count = fields.BigIntField()
    reached_at = InstantField(default=now)

    class Meta:
        table = "milestones"
        unique_together = (("campaign_id", "count"),)


SELECT_OF_SUPPORTER = Statement(
    f"SELECT {columns(Signature, 's')} FROM signatures s WHERE s.supporter_id = $1 AND s.campaign_id IN {{ids $2}}"
)
SELECT_COUNTRY_TALLIES = Statement(
    f"SELECT {columns(CountryTally)} FROM country_tallies WHERE campaign_id = $1 AND count >= $2"
    " ORDER BY count DESC, country"
)
SELECT_COUNTRY_TALLIES_OF_CAMPAIGNS = Statement(
    f"SELECT {columns(CountryTally, 't')} FROM {{ids $1}} ids CROSS JOIN country_tallies t"
    " WHERE t.campaign_id = ids.value AND t.count >= $2 ORDER BY t.count DESC, t.country"
)
SELECT_MILESTONES = Statement(
    f"SELECT {columns(Milestone, 'm')} FROM milestones m JOIN {{ids $1}} ids ON m.campaign_id = ids.value"
    " ORDER BY m.campaign_id, m.count"
)
INSERT_MILESTONE = Statement(
    "INSERT INTO milestones (campaign_id, count, reached_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (campaign_id, count) DO NOTHING RETURNING id"
)

# signing locks the campaign's row first, so that signatures of one campaign are written one after another
SIGNING_COLUMNS = (
    *("id", "title", "state", "comment_policy", "confirm_signatures", "name_display_ceiling"),
    "consent_questions",
)
LOCK_CAMPAIGN = Statement(
    f"SELECT {columns(Campaign, names=SIGNING_COLUMNS)} FROM campaigns WHERE id = $1 {{for update}}"
)
_ALL = columns(Signature)
LOCK_SIGNATURE = Statement(f"SELECT {_ALL} FROM signatures WHERE id = $1 {{for update}}")
# locked, since a reminder may be updating the row
LOCK_OWN_SIGNATURE = Statement(
    f"SELECT {_ALL} FROM signatures WHERE supporter_id = $1 AND campaign_id = $2 {{for update}}"
)
_SLOT_IS_TAKEN = "EXISTS (SELECT 1 FROM signatures k WHERE k.campaign_id = $1 AND k.counted_hash IN {texts $8})"
_IS_CONFIRMED = "CAST($3 AS VARCHAR(16)) = 'CONFIRMED'"
INSERT_SIGNATURE = Statement(
    "INSERT INTO signatures (campaign_id, supporter_id, state, country, signed_at, comment_id, email_hash,"
    " is_counted, is_unannounced, counted_hash)"
    f" VALUES ($1, $2, $3, $4, $5, $6, $7, NOT {_SLOT_IS_TAKEN}, {_IS_CONFIRMED},"
    f" CASE WHEN {_SLOT_IS_TAKEN} THEN NULL ELSE CAST($7 AS VARCHAR(64)) END) RETURNING {_ALL}"
)
# a withdrawn or rejected signature becomes like a new one
UPDATE_SIGNED_AGAIN = Statement(
    "UPDATE signatures SET state = $3, country = $4, signed_at = $5, comment_id = coalesce($6, comment_id),"
    f" email_hash = $7, is_counted = NOT {_SLOT_IS_TAKEN}, is_unannounced = {_IS_CONFIRMED}, decided_at = NULL,"
    " remind_at = NULL, reminder_count = 0,"
    f" counted_hash = CASE WHEN {_SLOT_IS_TAKEN} THEN NULL ELSE CAST($7 AS VARCHAR(64)) END"
    f" WHERE campaign_id = $1 AND supporter_id = $2 RETURNING {_ALL}"
)
UPDATE_COMMENT = Statement(f"UPDATE signatures SET comment_id = $2 WHERE id = $1 RETURNING {_ALL}")
# changes the counter for the next publication
UPDATE_COUNTERS = Statement(
    "UPDATE campaigns SET unpublished_direct_count = unpublished_direct_count + $2,"
    " unpublished_partner_count = unpublished_partner_count + $3,"
    " unpublished_pending_count = unpublished_pending_count + $4,"
    " unpublished_withdrawn_count = unpublished_withdrawn_count + $5,"
    f" unpublished_since = coalesce(unpublished_since, $6) WHERE id = $1 RETURNING {columns(Campaign)}"
)
UPSERT_COUNTRY_TALLY = Statement(
    "INSERT INTO country_tallies (campaign_id, country, count, exact_count) VALUES ($1, $2, 0, $3)"
    " ON CONFLICT (campaign_id, country) DO UPDATE SET exact_count = country_tallies.exact_count + $3 RETURNING id"
)
# takes the counted slot of an email from a pending signature; looked up by the email's hash, since a campaign may have
# very many pending signatures
RELEASE_COUNTED_SLOT = Statement(
    "UPDATE signatures SET counted_hash = NULL, is_counted = false, remind_at = NULL WHERE state = 'PENDING' AND id IN"
    " (SELECT id FROM signatures WHERE campaign_id = $1 AND counted_hash IN {texts $2}) RETURNING id"
)
TAKE_COUNTED_SLOT = Statement(
    "UPDATE signatures SET counted_hash = email_hash, is_counted = true WHERE id = $1 AND NOT EXISTS"
    " (SELECT 1 FROM signatures k WHERE k.campaign_id = $2 AND k.counted_hash IN {texts $3})"
    f" RETURNING {_ALL}"
)
# the signature to count for an e-mail once another signature does no more: first that of the person who has proven the
# e-mail. If that person $3 has left, no other signature with the e-mail counts: strangers gave them
_UNCOUNTED = "s.campaign_id = $1 AND s.email_hash = $2 AND s.is_counted = false AND s.supporter_id IS NOT NULL"
_OF_OWNER = (
    "SELECT min(s.id) FROM signatures s JOIN profiles p ON p.supporter_id = s.supporter_id AND p.email_hash = $2"
    f" AND p.email_verified = true WHERE {_UNCOUNTED} AND s.state IN ('CONFIRMED', 'PENDING')"
)
_FIRST_CONFIRMED = f"SELECT min(s.id) FROM signatures s WHERE {_UNCOUNTED} AND s.state = 'CONFIRMED'"
_FIRST_PENDING = f"SELECT min(s.id) FROM signatures s WHERE {_UNCOUNTED} AND s.state = 'PENDING'"
SELECT_NEXT_COUNTED = Statement(
    f"SELECT {_ALL} FROM signatures WHERE id = coalesce(({_OF_OWNER}), ({_FIRST_CONFIRMED}), ({_FIRST_PENDING}))"
    " AND NOT EXISTS (SELECT 1 FROM profiles o WHERE o.supporter_id = $3 AND o.email_hash = $2"
    " AND o.email_verified = true)"
)
# after a rotation of encryption keys, or once more spellings are known as one mailbox: two signatures that were counted
# as of two mailboxes until then stay so
UPDATE_EMAIL_HASH = Statement(
    "UPDATE signatures SET email_hash = CAST($3 AS VARCHAR(64)), counted_hash ="
    " CASE WHEN counted_hash IS NULL THEN NULL ELSE CAST($3 AS VARCHAR(64)) END"
    " WHERE supporter_id = $1 AND email_hash = $2 AND (counted_hash IS NULL OR NOT EXISTS (SELECT 1 FROM signatures k"
    " WHERE k.campaign_id = signatures.campaign_id AND k.counted_hash = $3 AND k.id <> signatures.id)) RETURNING id"
)
