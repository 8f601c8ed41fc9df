"""People as others see them, and as they see themselves."""

import strawberry

import models
import resolvers.consents
import resolvers.supporters
from auth.viewers import Scope
from models import Badge, CountryCode, EmailAddress, NameDisplay, Role
from schema.consents import Consent
from schema.fields import enum, field
from schema.mutations import mutation
from schema.nodes import Node

enum(
    Badge,
    "What a person is here.",
    NONE="Nothing special.",
    FIRST_TIME="New here.",
    SUPPORTER="Has a verified e-mail address.",
    PARTNER="Speaks for a partner.",
    STAFF="Speaks for those who run the site.",
)
enum(
    NameDisplay,
    "How much of a name is shown.",
    FULL_NAME='All of it: "Katharina Sommer".',
    FIRST_NAME_INITIAL='The given name: "Katharina S.".',
    INITIALS='First letters: "K. S.".',
    ANONYMOUS='Nothing: "A supporter".',
)
enum(
    Role,
    "What the viewer is.",
    ANONYMOUS="Sent no token.",
    GUEST="Said a name; nothing is verified.",
    SUPPORTER="Has a verified e-mail address.",
    INTEGRATOR="A program, by its API key.",
    MODERATOR="Reads and decides on comments.",
    CAMPAIGNER="Runs campaigns, and moderates.",
    ADMIN="May do everything.",
)


@strawberry.type(description="What anyone may see of a person. No public field gives more than `displayName`.")
class Supporter(Node, model=models.Supporter):
    display_name: str = field("The name to show, made from the person's own choice and the campaigns' ceilings.")
    badge: Badge = field("What the person is here.")


@strawberry.type(description="What a person told us; only they themselves can ask for it.")
class Profile:
    given_name: str = field("The name they are called by.")
    family_name: str | None = field("Their family name, if they gave one.")
    email: EmailAddress | None = field("Their address, if they gave one.")
    email_verified: bool = field("Whether they have shown that it is theirs.")
    country: CountryCode | None = field("Where they live, if they said.")
    name_display: NameDisplay = field("How much of their name they chose to show.")
    family_name_first: bool = field("Whether their family name is written before the given one.")
    consents: list[Consent] = field(resolvers.consents.latest)


@strawberry.type(description="The person asking.")
class Viewer:
    supporter: Supporter | None = field(resolvers.supporters.viewer_supporter)
    profile: Profile | None = field(resolvers.supporters.viewer_profile)
    role: Role = field("What the token says they are.")
    scopes: list[Scope] = field(resolvers.supporters.viewer_scopes)


@strawberry.type
class SupporterQuery:
    viewer: Viewer = field(resolvers.supporters.viewer)


@strawberry.type
class SupporterMutation:
    introduce = mutation(
        resolvers.supporters.introduce,
        supporter=Supporter,
        derived={"access_token": (str, resolvers.supporters.guest_token)},
    )
    update_profile = mutation(
        resolvers.supporters.update_profile,
        derived={"viewer": (Viewer, resolvers.supporters.viewer_of_payload)},
    )
