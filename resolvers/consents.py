"""Consents: reading and appending a person's answers, each with the version of the text that was shown."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import models
import storage
from models import Consent, Partner, Profile
from refusals import invalid, not_found
from resolvers import screening
from resolvers.context import Context
from resolvers.declarations import USUAL_LIST_SIZE, list_size
from resolvers.ids import GlobalId, parse

MAX_CONSENTS = 20


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """A person's yes or no, from a form."""

    granted: bool
    text_version: str
    organisation_id: GlobalId | None = None


@list_size(USUAL_LIST_SIZE)
async def consents(profile: Profile) -> list[Consent]:
    """The last answer to each organisation, and to the site itself."""
    return await storage.read(Consent, models.consents.SELECT_LATEST, profile.supporter_id)


def organisation(consent: Consent, context: Context) -> Awaitable[Partner] | None:
    """The partner that the answer was given to; null: the site itself."""
    return context.row(Partner, consent.organisation_id) if consent.organisation_id else None


async def record_consents(supporter_id: int, answers: Sequence[ConsentAnswer], at: datetime) -> None:
    """Append a person's answers to the ledger."""
    if len(answers) > MAX_CONSENTS:
        raise invalid(f"`consents` has {len(answers)} entries; at most {MAX_CONSENTS} fit.", "consents")
    rows: list[dict[str, Any]] = [
        {
            "supporter_id": supporter_id,
            "organisation_id": _organisation_id(answer),
            "granted": answer.granted,
            "text_version": screening.line(answer.text_version, "consents", 100),
            "given_at": at,
        }
        for answer in answers
    ]
    organisation_ids = {row["organisation_id"] for row in rows} - {None}
    if len(await storage.by_ids(Partner, organisation_ids)) < len(organisation_ids):
        raise not_found("organisation", "consents")
    await storage.insert_many(Consent, rows)


def _organisation_id(answer: ConsentAnswer) -> int | None:
    if answer.organisation_id is None:
        return None
    parsed = parse(answer.organisation_id)
    if parsed is None or parsed[0] != "Partner":
        raise not_found("organisation", "consents")
    return parsed[1]
