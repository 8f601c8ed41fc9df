"""Staff: list everyone who has a role, so that an operator can end it."""

from dataclasses import dataclass
from datetime import datetime

import storage
from auth.viewers import STAFF
from models import Badge, HostIdentity, Session, Supporter
from resolvers.ids import global_id

FROM_OURS, FROM_HOST, FROM_BEFORE = "token of ours", "account of the host", "before roles were listed"


@dataclass(frozen=True)
class StaffRole:
    """A role of one person, from one source. A person who has a role from two sources is listed twice."""

    person_id: str
    name: str
    role: str | None
    source: str
    created_at: datetime
    last_used_at: datetime | None = None
    """When the last token was issued; of a token of ours only that is known, since no use of a token is stored."""
    expires_at: datetime | None = None


async def staff_roles() -> list[StaffRole]:
    """Return every role that is good, and the staff of whom no role is known: their tokens were never listed."""
    found = [*await _of_tokens(), *await _of_the_host()]
    listed = {role.person_id for role in found}
    for person in await Supporter.filter(badge=Badge.STAFF).order_by("id"):
        if global_id("Supporter", person.id) not in listed:
            found.append(_role(person, None, FROM_BEFORE, person.created_at))
    return found


async def _of_tokens() -> list[StaffRole]:
    good = Session.filter(role__in=STAFF, ended_at=None, expires_at__gt=storage.now())
    return [
        _role(one.supporter, one.role, FROM_OURS, one.created_at, one.refreshed_at, one.expires_at)
        for one in await good.order_by("supporter_id", "id").prefetch_related("supporter")
    ]


async def _of_the_host() -> list[StaffRole]:
    """Return the roles of the newest tokens, unless they were revoked since."""
    given = HostIdentity.filter(role__in=STAFF, supporter_id__isnull=False)
    return [
        _role(one.supporter, one.role, FROM_HOST, one.created_at, one.claimed_at)  # type: ignore[arg-type]
        for one in await given.order_by("supporter_id", "id").prefetch_related("supporter")
        if one.not_before is None or (one.claimed_at is not None and one.claimed_at > one.not_before)
    ]


def _role(person: Supporter, role: str | None, source: str, *times: datetime | None) -> StaffRole:
    return StaffRole(global_id("Supporter", person.id), person.display_name, role, source, *times)  # type: ignore[arg-type]
