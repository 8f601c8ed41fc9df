"""People. The public face is one table; what could identify them is another, read only where it must be."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from models import emails
from storage import sealing
from storage.database import Statement, json_list
from storage.fields import InstantField, now
from storage.rows import Row, columns, read


class NameDisplay(StrEnum):
    """How much of a name is shown; in this order from most to least."""

    FULL_NAME = "FULL_NAME"
    FIRST_NAME_INITIAL = "FIRST_NAME_INITIAL"
    INITIALS = "INITIALS"
    ANONYMOUS = "ANONYMOUS"

    def capped(self, ceiling: "NameDisplay") -> "NameDisplay":
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
    """What anyone may see of a person, and nothing that shows more.

    `display_name` is made when a name, a choice or a ceiling changes: from the person's choice, capped by
    `name_ceiling`, the strictest ceiling of the campaigns that the person has appeared in.
    """

    id = fields.BigIntField(primary_key=True)
    display_name = fields.CharField(max_length=210)
    badge = fields.CharEnumField(Badge, max_length=16, default=Badge.NONE)
    name_ceiling = fields.CharEnumField(NameDisplay, max_length=20, default=NameDisplay.FULL_NAME)
    created_at = InstantField(default=now)

    class Meta:
        table = "supporters"


class Profile(Row):
    """What a person told us, for themselves alone. The family name and the address are stored sealed."""

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
    name_display = fields.CharEnumField(NameDisplay, max_length=20, default=NameDisplay.FIRST_NAME_INITIAL)

    class Meta:
        table = "profiles"
        # whose an address is
        indexes = (Index(fields=("email_hash",), name="profiles_email"),)

    @property
    def family_name(self) -> str | None:
        return sealing.unseal(self.family_name_sealed, "profiles.family_name", self.supporter_id)

    @property
    def email(self) -> str | None:
        return sealing.unseal(self.email_sealed, "profiles.email", self.supporter_id)


def sealed_name(supporter_id: int, family_name: str | None) -> dict[str, Any]:
    """The columns that keep a person's family name."""
    return {"family_name_sealed": sealing.seal(family_name, "profiles.family_name", supporter_id)}


def sealed_email(supporter_id: int, email: str | None) -> dict[str, Any]:
    """The columns that keep a person's address, and find them by it."""
    found_by = emails.newest_hash(email) if email else None
    return {"email_sealed": sealing.seal(email, "profiles.email", supporter_id), "email_hash": found_by}


def resealed(profile: Profile) -> tuple[Any, ...]:
    """What `RESEAL` writes: the same, by the first key."""
    number = profile.supporter_id
    kept = sealed_name(number, profile.family_name) | sealed_email(number, profile.email)
    return profile.id, kept["family_name_sealed"], kept["email_sealed"], kept["email_hash"]


async def of_address(email: str) -> list[Profile]:
    """Everyone who gave this address, however it was spelled; the first first."""
    return await read(Profile, OF_ADDRESS, json_list(emails.hashes(email)))


async def owner_of_address(email: str) -> int | None:
    """Who has proven that the address is theirs; anyone can type another's."""
    return next((profile.supporter_id for profile in await of_address(email) if profile.email_verified), None)


_BY_ID = f"SELECT {columns(Supporter)} FROM supporters WHERE id = $1"
BY_ID = Statement(_BY_ID)
FOR_UPDATE = Statement(_BY_ID, f"{_BY_ID} FOR NO KEY UPDATE")  # rows that refer to the person need not wait
PROFILE = Statement(f"SELECT {columns(Profile)} FROM profiles WHERE supporter_id = $1")
PROFILE_FOR_UPDATE = Statement(f"SELECT {columns(Profile)} FROM profiles WHERE supporter_id = $1 {{for update}}")
OF_ADDRESS = Statement(
    f"SELECT {columns(Profile)} FROM profiles WHERE email_hash IN {{texts $1}} ORDER BY supporter_id"
)
SAVED = ("given_name", "family_name_sealed", "family_name_first", "country", "name_display")
SAVE_PROFILE = Statement(
    f"UPDATE profiles SET {', '.join(f'{name} = ${place}' for place, name in enumerate(SAVED, 2))}"
    " WHERE supporter_id = $1 RETURNING id"
)
SAVE_EMAIL = Statement("UPDATE profiles SET email_sealed = $2, email_hash = $3 WHERE supporter_id = $1 RETURNING id")
NEW_NO_MORE = Statement("UPDATE supporters SET badge = 'NONE' WHERE id = $1 AND badge = 'FIRST_TIME' RETURNING id")
RENAME = Statement(
    "UPDATE supporters SET display_name = n.b, name_ceiling = $2 FROM {named $1} n"
    " WHERE supporters.id = n.a RETURNING supporters.id"
)

# where people are seen: what they signed, where they commented, whose comments they reacted to, where they gave
APPEARANCES = Statement(
    "SELECT campaign_id AS id FROM signatures WHERE supporter_id IN {ids $1}"
    " UNION SELECT c.id FROM campaigns c CROSS JOIN {ids $1} p CROSS JOIN comment_authors a"
    " WHERE a.campaign_id = c.id AND a.supporter_id = p.value"
    " UNION SELECT c.campaign_id FROM reactions r JOIN comments c ON c.id = r.comment_id"
    " WHERE r.supporter_id IN {ids $1}"
    " UNION SELECT campaign_id FROM donations WHERE donor_id IN {ids $1} AND state = 'PAID' ORDER BY id"
)

# a batch of profiles in which something is not sealed by the first key; $2 is how that begins
UNSEALED = Statement(
    f"SELECT {columns(Profile)} FROM profiles WHERE id > $1 AND ("
    " substr(family_name_sealed, 1, 4) <> $2 OR substr(email_sealed, 1, 4) <> $2) ORDER BY id LIMIT $3"
    " {for update}"
)
RESEAL = Statement(
    "UPDATE profiles SET family_name_sealed = $2, email_sealed = $3, email_hash = $4 WHERE id = $1 RETURNING id"
)

# everyone who appears on a campaign and shows more than its ceiling allows
ABOVE_CEILING = Statement(
    f"SELECT {columns(Profile, 'p')} FROM profiles p JOIN supporters s ON s.id = p.supporter_id"
    " WHERE s.name_ceiling IN {texts $2} AND s.id IN ("
    " SELECT supporter_id FROM comment_authors WHERE campaign_id = $1"
    " UNION SELECT supporter_id FROM signatures WHERE campaign_id = $1"
    " UNION SELECT actor_id FROM activity WHERE campaign_id = $1)"
)
