"""Directives of the printed schema: what a field requires, and when it is null. Those of its cost are in execution."""

import strawberry
from strawberry.schema_directive import Location

from auth.viewers import Scope
from models import Role


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="requires",
    description="The scope or role that the viewer needs.",
)
class Requires:
    scope: Scope | None = strawberry.UNSET
    role: Role | None = strawberry.UNSET


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="semanticNonNull",
    description=(
        "The field is null only together with an error at its path in `errors`. `levels` says for which dimensions of "
        "a list this holds; 0 is the field itself."
    ),
)
class SemanticNonNull:
    levels: list[int] = (0,)  # type: ignore[assignment]  # a dataclass refuses a list as a default
