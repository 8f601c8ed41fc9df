"""Consents: what a person said yes or no to, kept with the text that they were shown."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import storage
from models import Consent, Partner, Profile, consents
from refusals import invalid, not_found
from resolvers import screening
from resolvers.context import Context
from resolvers.ids import GlobalId, parse

MOST = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's yes or no, as it comes from a form."""

    granted: bool
    text_version: str
    organisation_id: GlobalId | None = None


async def latest(profile: Profile) -> list[Consent]:
    """What stands: the last answer to each organisation, and to the site itself."""
    return await storage.read(Consent, consents.LATEST, profile.supporter_id)


def organisation(consent: Consent, context: Context) -> Awaitable[Partner] | None:
    """To whom it was given; null: the site itself."""
    return context.row(Partner, consent.organisation_id) if consent.organisation_id else None


async def give(supporter_id: int, answers: Sequence[Answer], at: datetime) -> None:
    """Append what a person answered; nothing in the ledger is changed or taken away."""
    if len(answers) > MOST:
        raise invalid(f"`consents` has {len(answers)} entries; at most {MOST} fit.", "consents")
    rows: list[dict[str, Any]] = [
        {
            "supporter_id": supporter_id,
            "organisation_id": _organisation(answer),
            "granted": answer.granted,
            "text_version": screening.line(answer.text_version, "consents", 100),
            "given_at": at,
        }
        for answer in answers
    ]
    asked = {row["organisation_id"] for row in rows} - {None}
    if len(await storage.by_ids(Partner, asked)) < len(asked):
        raise not_found("organisation", "consents")
    await storage.insert_many(Consent, rows)


def _organisation(answer: Answer) -> int | None:
    if answer.organisation_id is None:
        return None
    named = parse(answer.organisation_id)
    if named is None or named[0] != "Partner":
        raise not_found("organisation", "consents")
    return named[1]
