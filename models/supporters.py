"""Supporters: the public name in one table, the private profile (encrypted e-mail and family name) in another."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from models import emails
from storage import sealing
from storage.database import Statement
from storage.fields import EnumField, InstantField, now
from storage.rows import Row, columns

ANONYMOUS_NAME = "A supporter"


class NameDisplay(StrEnum):
    """The part of a name that is shown. The members are in the order from most to least."""

    FULL_NAME = "FULL_NAME"
    FIRST_NAME_INITIAL = "FIRST_NAME_INITIAL"
    INITIALS = "INITIALS"
    ANONYMOUS = "ANONYMOUS"

    def capped(self, ceiling: "NameDisplay") -> "NameDisplay":
        """Return the stricter of this choice and the ceiling."""
        order = list(NameDisplay)
        return order[max(order.index(self), order.index(ceiling))]


class Badge(StrEnum):
    NONE = "NONE"
    FIRST_TIME = "FIRST_TIME"
    SUPPORTER = "SUPPORTER"
    PARTNER = "PARTNER"
    STAFF = "STAFF"


class Role(StrEnum):
    ANONYMOUS = "ANONYMOUS"
    GUEST = "GUEST"
    SUPPORTER = "SUPPORTER"
    INTEGRATOR = "INTEGRATOR"
    MODERATOR = "MODERATOR"
    CAMPAIGNER = "CAMPAIGNER"
    ADMIN = "ADMIN"


class Supporter(Row):
    """The public part of a person; a table without private data.

    `display_name` is written again when a name, a choice or a ceiling changes: it follows the person's choice, capped
    by `name_ceiling`, the strictest ceiling of the campaigns on which the person has appeared. The two shorter names
    are written with it, for lists that show less of a name than the discussion does: a display name can not be cut,
    since it does not tell which of its words are the family name.
    """

    id = fields.BigIntField(primary_key=True)
    display_name = fields.CharField(max_length=210)
    first_name_initial = fields.CharField(max_length=210, default=ANONYMOUS_NAME, db_default=ANONYMOUS_NAME)
    initials = fields.CharField(max_length=210, default=ANONYMOUS_NAME, db_default=ANONYMOUS_NAME)
    badge = EnumField(Badge, max_length=16, default=Badge.NONE)
    name_ceiling = EnumField(NameDisplay, max_length=20, default=NameDisplay.FULL_NAME)
    created_at = InstantField(default=now)

    class Meta:
        table = "supporters"

    @property
    def is_named(self) -> bool:
        """Return whether others see any part of the name: not of those who chose ANONYMOUS, or were erased."""
        return self.display_name != ANONYMOUS_NAME


class Profile(Row):
    """The private data of a person, shown to that person alone. The family name and the e-mail are encrypted."""

    id = fields.BigIntField(primary_key=True)
    supporter_id: int
    supporter: fields.OneToOneRelation[Supporter] = fields.OneToOneField("models.Supporter")
    given_name = fields.CharField(max_length=100)
    family_name_sealed = fields.BinaryField(null=True)
    family_name_first = fields.BooleanField(default=False)
    email_sealed = fields.BinaryField(null=True)
    email_hash = fields.CharField(max_length=64, null=True)
    email_verified = fields.BooleanField(default=False)
    country = fields.CharField(max_length=2, null=True)
    name_display = EnumField(NameDisplay, max_length=20, default=NameDisplay.FIRST_NAME_INITIAL)
    show_donations = fields.BooleanField(default=False, db_default=False)  # whether the ticker names the donor

    class Meta:
        table = "profiles"
        # look-up of people by e-mail
        indexes = (Index(fields=("email_hash",), name="profiles_email"),)

    @property
    def family_name(self) -> str | None:
        return sealing.unseal(self.family_name_sealed, "profiles.family_name", self.supporter_id)

    @property
    def email(self) -> str | None:
        return sealing.unseal(self.email_sealed, "profiles.email", self.supporter_id)


def sealed_family_name(supporter_id: int, family_name: str | None) -> dict[str, Any]:
    """Return the column values that store a person's family name, encrypted."""
    return {"family_name_sealed": sealing.seal(family_name, "profiles.family_name", supporter_id)}


def sealed_email(supporter_id: int, email: str | None) -> dict[str, Any]:
    """Return the column values that store a person's e-mail: encrypted, and its keyed hash for look-ups."""
    email_hash = emails.newest_hash(email) if email else None
    return {"email_sealed": sealing.seal(email, "profiles.email", supporter_id), "email_hash": email_hash}


async def resealed(profile: Profile) -> tuple[Any, ...]:
    """Return the parameters of `UPDATE_SEALS`: the same values, encrypted with the first key."""
    supporter_id = profile.supporter_id
    values = sealed_family_name(supporter_id, profile.family_name) | sealed_email(supporter_id, profile.email)
    return profile.id, values["family_name_sealed"], values["email_sealed"], await rehashed(profile)


async def rehashed(profile: Profile) -> str | None:
    """Return the newest hash of a stored e-mail. One that is read as another mailbox today keeps its earlier hash.

    Where two people have proven two spellings that are known as one mailbox today, the second keeps the own spelling.
    """
    email = emails.mailable(profile.email, profile.email_hash)
    if email is None:
        return profile.email_hash
    newest = emails.newest_hash(email)
    others = Profile.filter(email_hash=newest, email_verified=True).exclude(id=profile.id)
    return emails.earlier_hash(email) if profile.email_verified and await others.exists() else newest


async def profiles_by_email(email: str) -> list[Profile]:
    """Return the profiles with this e-mail in any spelling, the oldest first."""
    return await Profile.filter(email_hash__in=emails.hashes(email)).order_by("supporter_id")


async def owner_of_email(email: str) -> Profile | None:
    """Return the person who has proven the e-mail; anyone can type another person's e-mail."""
    return email_owner(await profiles_by_email(email), email)


async def email_owner_id(email: str) -> int | None:
    """Return the id of the person who has proven the e-mail."""
    owner = await owner_of_email(email)
    return owner.supporter_id if owner else None


def email_owner(profiles: list[Profile], email: str) -> Profile | None:
    """Return the person of these who has proven the e-mail.

    Two people have if they did before their two spellings were known as one mailbox: each spelling keeps its person.
    """
    owners = [profile for profile in profiles if profile.email_verified]
    return next((owner for owner in owners if owner.email == email), owners[0] if owners else None)


_SELECT_SUPPORTER = f"SELECT {columns(Supporter)} FROM supporters WHERE id = $1"
SELECT_SUPPORTER = Statement(_SELECT_SUPPORTER)
# NO KEY: writes of rows that refer to the person need not wait
LOCK_SUPPORTER = Statement(_SELECT_SUPPORTER, f"{_SELECT_SUPPORTER} FOR NO KEY UPDATE")
SELECT_PROFILE = Statement(f"SELECT {columns(Profile)} FROM profiles WHERE supporter_id = $1")
LOCK_PROFILE = Statement(f"SELECT {columns(Profile)} FROM profiles WHERE supporter_id = $1 {{for update}}")
PROFILE_COLUMNS = (
    *("given_name", "family_name_sealed", "family_name_first", "country", "name_display"),
    "show_donations",
)
UPDATE_PROFILE = Statement(
    f"UPDATE profiles SET {', '.join(f'{name} = ${place}' for place, name in enumerate(PROFILE_COLUMNS, 2))}"
    " WHERE supporter_id = $1 RETURNING id"
)
UPDATE_EMAIL = Statement("UPDATE profiles SET email_sealed = $2, email_hash = $3 WHERE supporter_id = $1 RETURNING id")
CLEAR_FIRST_TIME_BADGE = Statement(
    "UPDATE supporters SET badge = 'NONE' WHERE id = $1 AND badge = 'FIRST_TIME' RETURNING id"
)
UPDATE_DISPLAY_NAMES = Statement(
    "UPDATE supporters SET display_name = n.b, first_name_initial = n.c, initials = n.d, name_ceiling = $2"
    " FROM {named $1} n WHERE supporters.id = n.a RETURNING supporters.id"
)

# campaigns that show these people to the public: as signers, authors of comments, of reactions or as named donors
SELECT_CAMPAIGNS_OF_SUPPORTERS = Statement(
    "SELECT campaign_id AS id FROM signatures WHERE supporter_id IN {ids $1}"
    " AND state = 'CONFIRMED' AND is_unannounced = false"
    " UNION SELECT c.id FROM campaigns c CROSS JOIN {ids $1} p CROSS JOIN comment_authors a"
    " WHERE a.campaign_id = c.id AND a.supporter_id = p.value AND a.visible_count > 0"
    " UNION SELECT c.campaign_id FROM reactions r JOIN comments c ON c.id = r.comment_id"
    " WHERE r.supporter_id IN {ids $1}"
    " UNION SELECT campaign_id FROM activity WHERE actor_id IN {ids $1} AND kind = 'DONATED' ORDER BY id"
)

# those of these people of whom the public sees something: a comment, or a line of a ticker
SELECT_PUBLIC_SUPPORTERS = Statement(
    "SELECT s.id FROM supporters s JOIN {ids $1} p ON p.value = s.id"
    " WHERE EXISTS (SELECT 1 FROM comments r JOIN campaigns c ON c.id = r.campaign_id"
    " WHERE r.author_id = s.id AND r.state = 'VISIBLE' AND c.state <> 'DRAFT')"
    " OR EXISTS (SELECT 1 FROM activity e JOIN campaigns c ON c.id = e.campaign_id"
    " WHERE e.actor_id = s.id AND e.kind IN {texts $2} AND c.state <> 'DRAFT')"
)

# a batch of profiles with a column that is encrypted with another key than the first; $2 is the prefix of the first
SELECT_SEALED_BY_OLD_KEYS = Statement(
    f"SELECT {columns(Profile)} FROM profiles WHERE id > $1 AND ("
    " substr(family_name_sealed, 1, 4) <> $2 OR substr(email_sealed, 1, 4) <> $2) ORDER BY id LIMIT $3"
    " {for update}"
)
# a batch of profiles with an e-mail, to hash it again
SELECT_WITH_EMAIL = Statement(
    f"SELECT {columns(Profile)} FROM profiles WHERE id > $1 AND email_hash IS NOT NULL ORDER BY id LIMIT $2"
    " {for update}"
)
UPDATE_SEALS = Statement(
    "UPDATE profiles SET family_name_sealed = $2, email_sealed = $3, email_hash = $4 WHERE id = $1 RETURNING id"
)

# everyone who appears on the campaign and whose ceiling is looser than the campaign's new one
SELECT_PROFILES_ABOVE_CEILING = Statement(
    f"SELECT {columns(Profile, 'p')} FROM profiles p JOIN supporters s ON s.id = p.supporter_id"
    " WHERE s.name_ceiling IN {texts $2} AND s.id IN ("
    " SELECT supporter_id FROM comment_authors WHERE campaign_id = $1"
    " UNION SELECT supporter_id FROM signatures WHERE campaign_id = $1"
    " UNION SELECT actor_id FROM activity WHERE campaign_id = $1)"
)
