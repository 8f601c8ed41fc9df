"""Supporters as others see them, and the viewer with their private profile."""

from typing import TYPE_CHECKING, Annotated

import strawberry

import auth.viewers
import models
import resolvers.consents
import resolvers.supporters
import resolvers.viewer
import resolvers.viewer_lists
from auth.viewers import Scope
from models import Badge, CountryCode, EmailAddress, NameDisplay, Role
from schema.connections import Connection
from schema.consents import Consent
from schema.fields import enum, field
from schema.mutations import mutation
from schema.nodes import Node
from schema.reactions import Reaction
from schema.votes import Vote

if TYPE_CHECKING:
    from schema.comments import Comment
    from schema.donations import Donation
    from schema.signatures import Signature

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
    show_donations: bool = field("Whether the ticker names the person as a donor.")
    consents: list[Consent] = field(resolvers.consents.consents)


@strawberry.type(description="The person or program that asks, with what only they may know of themselves.")
class Viewer(Node, model=auth.viewers.Viewer):
    id: strawberry.ID = field(resolvers.viewer.id)
    supporter: Supporter | None = field(resolvers.viewer.supporter)
    profile: Profile | None = field(resolvers.viewer.profile)
    role: Role = field("The role that the token gives.")
    scopes: list[Scope] = field(resolvers.viewer.scopes)
    signatures: Connection[Annotated["Signature", strawberry.lazy("schema.signatures")]] | None = field(
        resolvers.viewer_lists.signatures
    )
    comments: Connection[Annotated["Comment", strawberry.lazy("schema.comments")]] | None = field(
        resolvers.viewer_lists.comments
    )
    votes: Connection[Vote] | None = field(resolvers.viewer_lists.votes)
    reactions: Connection[Reaction] | None = field(resolvers.viewer_lists.reactions)
    donations: Connection[Annotated["Donation", strawberry.lazy("schema.donations")]] | None = field(
        resolvers.viewer_lists.donations
    )


@strawberry.type
class SupporterQuery:
    viewer: Viewer = field(resolvers.viewer.viewer)


@strawberry.type
class SupporterMutation:
    introduce = mutation(
        resolvers.supporters.introduce,
        supporter=Supporter,
        derived={
            "viewer": (Viewer, resolvers.supporters.viewer),
            "access_token": (str, resolvers.supporters.access_token),
        },
    )
    update_profile = mutation(
        resolvers.supporters.update_profile,
        derived={"viewer": (Viewer, resolvers.viewer.viewer)},
    )
