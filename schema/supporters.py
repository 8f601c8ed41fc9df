"""Supporters as others see them, and the viewer with their private profile."""

import strawberry

import models
import resolvers.consents
import resolvers.supporters
import resolvers.viewer
from auth.viewers import Scope
from models import Badge, CountryCode, EmailAddress, NameDisplay, Role
from schema.consents import Consent
from schema.fields import enum, field
from schema.mutations import mutation
from schema.nodes import Node

enum(
    Badge,
    "The part that a person has on this site.",
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
    "The role of the viewer.",
    ANONYMOUS="Sent no token.",
    GUEST="Gave a name; nothing is verified.",
    SUPPORTER="Has a verified e-mail address.",
    INTEGRATOR="A program, by its API key.",
    MODERATOR="Reads and decides on comments.",
    CAMPAIGNER="Runs campaigns, and moderates.",
    ADMIN="May do everything.",
)


@strawberry.type(description="The public part of a person. No public field shows more of a name than `displayName`.")
class Supporter(Node, model=models.Supporter):
    display_name: str = field("The name to show, made from the person's own choice and the campaigns' ceilings.")
    badge: Badge = field("The part that the person has on this site.")


@strawberry.type(description="A person's private data; only the person can read it.")
class Profile:
    given_name: str = field("The name that the person is called by.")
    family_name: str | None = field("The family name, if the person gave one.")
    email: EmailAddress | None = field("The e-mail address, if the person gave one.")
    email_verified: bool = field("Whether the person has proven that the e-mail address is theirs.")
    country: CountryCode | None = field("Where the person lives, if the person said so.")
    name_display: NameDisplay = field("How much of the name the person chose to show.")
    family_name_first: bool = field("Whether the family name is written before the given name.")
    consents: list[Consent] = field(resolvers.consents.consents)


@strawberry.type(description="The person asking.")
class Viewer:
    supporter: Supporter | None = field(resolvers.viewer.supporter)
    profile: Profile | None = field(resolvers.viewer.profile)
    role: Role = field("The role that the token gives.")
    scopes: list[Scope] = field(resolvers.viewer.scopes)


@strawberry.type
class SupporterQuery:
    viewer: Viewer = field(resolvers.viewer.viewer)


@strawberry.type
class SupporterMutation:
    introduce = mutation(
        resolvers.supporters.introduce,
        supporter=Supporter,
        derived={"access_token": (str, resolvers.supporters.access_token)},
    )
    update_profile = mutation(
        resolvers.supporters.update_profile,
        derived={"viewer": (Viewer, resolvers.viewer.viewer)},
    )
