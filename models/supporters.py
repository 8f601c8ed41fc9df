"""People. The public face is one table; what could identify them is another, read only where it must be."""

from enum import StrEnum

from tortoise import fields

from models.database import Statement
from models.fields import InstantField, now
from models.rows import Row, columns


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
    display_name = fields.CharField(max_length=200)
    badge = fields.CharEnumField(Badge, max_length=16, default=Badge.NONE)
    name_ceiling = fields.CharEnumField(NameDisplay, max_length=20, default=NameDisplay.FULL_NAME)
    created_at = InstantField(default=now)

    class Meta:
        table = "supporters"


class Profile(Row):
    """What a person told us, for themselves alone."""

    id = fields.BigIntField(primary_key=True)
    supporter_id: int
    supporter: fields.OneToOneRelation[Supporter] = fields.OneToOneField("models.Supporter")
    given_name = fields.CharField(max_length=100)
    family_name = fields.CharField(max_length=100, null=True)
    email = fields.CharField(max_length=320, null=True)
    email_verified = fields.BooleanField(default=False)
    country = fields.CharField(max_length=2, null=True)
    name_display = fields.CharEnumField(NameDisplay, max_length=20, default=NameDisplay.FIRST_NAME_INITIAL)

    class Meta:
        table = "profiles"


PROFILE = Statement(f"SELECT {columns(Profile)} FROM profiles WHERE supporter_id = $1")
RENAME = Statement("UPDATE supporters SET display_name = $2, name_ceiling = $3 WHERE id = $1 RETURNING id")

# everyone who appears on a campaign and shows more than its ceiling allows
ABOVE_CEILING = Statement(
    f"SELECT {columns(Profile, 'p')} FROM profiles p JOIN supporters s ON s.id = p.supporter_id"
    " WHERE s.name_ceiling IN {texts $2} AND s.id IN ("
    " SELECT supporter_id FROM comment_authors WHERE campaign_id = $1"
    " UNION SELECT supporter_id FROM signatures WHERE campaign_id = $1"
    " UNION SELECT actor_id FROM activity WHERE campaign_id = $1)"
)
