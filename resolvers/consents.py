"""Consents: reading and appending a person's answers, each with the version of the text that was shown."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import models
import storage
from models import Consent, Partner, Profile
from refusals import collect_issues, not_found
from resolvers import screening
from resolvers.context import Context
from resolvers.ids import GlobalId, parse

MAX_CONSENTS = 20
NO_PARTNER = -1
"""No partner has this id."""


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """A person's yes or no, from a form."""

    granted: bool
    text_version: str
    organisation_id: GlobalId | None = None


async def consents(profile: Profile) -> list[Consent]:
    """The last answer to each organisation, and to the site itself."""
    return await storage.read(Consent, models.consents.SELECT_LATEST, profile.supporter_id)


def organisation(consent: Consent, context: Context) -> Awaitable[Partner] | None:
    """The partner that the answer was given to; null: the site itself."""
    return context.row(Partner, consent.organisation_id) if consent.organisation_id else None


async def checked_consents(answers: Sequence[ConsentAnswer]) -> list[dict[str, Any]]:
    """Check a person's answers, and return the values of their rows."""
    with collect_issues() as issues:
        screening.list_length(list(answers), "consents", MAX_CONSENTS)
        partner_ids = [_partner_id(answer) for answer in answers]
        asked_ids = {partner_id for partner_id in partner_ids if partner_id not in (None, NO_PARTNER)}
        known_ids = (await storage.by_ids(Partner, asked_ids)).keys() | {None}
        return [
            issues.take(_checked_answer, answer, partner_id, partner_id in known_ids, str(place))
            for place, (answer, partner_id) in enumerate(zip(answers, partner_ids, strict=True))
        ]


def _checked_answer(answer: ConsentAnswer, organisation_id: int | None, is_known: bool, place: str) -> dict[str, Any]:
    with collect_issues("consents", place) as issues:
        if not is_known:
            issues.collect(not_found("organisation", "organisationId"))
        text_version = issues.take(screening.line, answer.text_version, "textVersion", 100)
        return {"organisation_id": organisation_id, "granted": answer.granted, "text_version": text_version}


def _partner_id(answer: ConsentAnswer) -> int | None:
    """Return the id of the organisation that asked, None for the site itself, NO_PARTNER for another kind of id."""
    if answer.organisation_id is None:
        return None
    type_name, row_id = parse(answer.organisation_id) or ("", 0)
    return row_id if type_name == "Partner" else NO_PARTNER


async def record_consents(supporter_id: int, consents: Sequence[dict[str, Any]], at: datetime) -> None:
    """Append a person's answers, which `checked_consents` has checked, to the ledger."""
    await storage.insert_many(Consent, [{"supporter_id": supporter_id, **row, "given_at": at} for row in consents])
