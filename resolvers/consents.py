"""Consents: a campaign's questions, and reading and appending a person's answers with the version of the text."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import models
import storage
from models import Consent, ConsentQuestion, Partner, Profile, RichText
from refusals import InputReason, collect_issues, invalid, not_found
from resolvers import rich_text, screening
from resolvers.context import Context
from resolvers.declarations import USUAL_LIST_SIZE, list_size, reads
from resolvers.ids import GlobalId, parse
from resolvers.visibility import visible_partner_ids

MAX_CONSENTS = 20
MAX_QUESTION_LENGTH = 5_000
NO_PARTNER = -1
"""No partner has this id."""


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """A person's yes or no, from a form."""

    granted: bool
    text_version: str
    organisation_id: GlobalId | None = None


@dataclass(frozen=True, slots=True)
class ConsentQuestionDraft:
    """A question as a campaigner writes it: the text is Markdown, not rendered yet."""

    text: str
    text_version: str
    required: bool | None = False  # null: not required
    organisation_id: GlobalId | None = None


# ---------------------------------------------------------------- questions


async def checked_questions(drafts: Sequence[ConsentQuestionDraft]) -> list[ConsentQuestion]:
    """Check a campaign's new questions, and return them as they are stored. Each organisation has at most one."""
    with collect_issues() as issues:
        screening.list_length(list(drafts), "consentQuestions", MAX_CONSENTS)
        partner_ids = [_partner_id(draft.organisation_id) for draft in drafts]
        if len(set(partner_ids)) < len(partner_ids):
            message = "Two questions are of one organisation: ask for one consent in each."
            issues.collect(invalid(message, "consentQuestions", reason=InputReason.NOT_ALLOWED))
        known_ids = await _known_partner_ids(partner_ids)
        return [
            issues.take(_checked_question, draft, partner_id, partner_id in known_ids, str(place))
            for place, (draft, partner_id) in enumerate(zip(drafts, partner_ids, strict=True))
        ]


def _checked_question(
    draft: ConsentQuestionDraft, organisation_id: int | None, is_known: bool, place: str
) -> ConsentQuestion:
    with collect_issues("consentQuestions", place) as issues:
        if not is_known:
            issues.collect(not_found("organisation", "organisationId"))
        text = issues.take(_rendered_question, draft.text)
        version = issues.take(screening.line, draft.text_version, "textVersion", 100)
        return ConsentQuestion(text, version, bool(draft.required), organisation_id)


def _rendered_question(text: str) -> RichText:
    return rich_text.article(screening.article(text, "text", MAX_QUESTION_LENGTH), "text")


def check_versions(questions: Sequence[ConsentQuestion], current: Sequence[ConsentQuestion]) -> None:
    """Refuse another text for a version of the current questions: the ledger of consents names the version alone."""
    texts = {(one.organisation_id, one.text_version): one.text.markdown for one in current}
    with collect_issues("consentQuestions") as issues:
        for place, question in enumerate(questions):
            text = question.text.markdown
            if texts.get((question.organisation_id, question.text_version), text) != text:
                message = "This version was shown with another text: give the new text a version of its own."
                path = (str(place), "textVersion")
                issues.collect(invalid(message, *path, reason=InputReason.NOT_ALLOWED))


# ---------------------------------------------------------------- answers


@list_size(USUAL_LIST_SIZE)
async def consents(profile: Profile) -> list[Consent]:
    """The last answer to each organisation, and to the site itself."""
    return await storage.read(Consent, models.consents.SELECT_LATEST, profile.supporter_id)


@reads("organisation_id")
def organisation(consent: Consent | ConsentQuestion, context: Context) -> Awaitable[Partner] | None:
    """The partner that asks for the consent; null: the site itself."""
    return context.row(Partner, consent.organisation_id) if consent.organisation_id else None


async def checked_consents(
    context: Context, answers: Sequence[ConsentAnswer], questions: Sequence[ConsentQuestion] = ()
) -> list[dict[str, Any]]:
    """Check a person's answers, and return the values of their rows.

    If the campaign has questions, each answer must be to one of them with its present text, and a required consent
    must be granted. A campaign without questions takes any answers.
    """
    with collect_issues() as issues:
        screening.list_length(list(answers), "consents", MAX_CONSENTS)
        partner_ids = [_partner_id(answer.organisation_id) for answer in answers]
        known_ids = await _answerable_partner_ids(context, partner_ids, questions)
        asked = {question.organisation_id: question for question in questions} if questions else None
        rows = [
            issues.take(_checked_answer, answer, partner_id, partner_id in known_ids, asked, str(place))
            for place, (answer, partner_id) in enumerate(zip(answers, partner_ids, strict=True))
        ]
        for question in (asked or {}).values():  # those that were not answered
            if question.required:
                message = "Signing needs the consent {version}: ask for it."
                issues.collect(invalid(message, "consents", reason=InputReason.EMPTY, version=question.text_version))
        return rows


def _checked_answer(
    answer: ConsentAnswer,
    organisation_id: int | None,
    is_known: bool,
    asked: dict[int | None, ConsentQuestion] | None,
    place: str,
) -> dict[str, Any]:
    """Check one answer. Remove the question that it answers from those that the campaign asks, if it asks any."""
    with collect_issues("consents", place) as issues:
        if not is_known:
            issues.collect(not_found("organisation", "organisationId"))
        text_version = issues.take(screening.line, answer.text_version, "textVersion", 100)
        if is_known and asked is not None:
            _check_answer(answer, text_version, asked.pop(organisation_id, None))
        return {"organisation_id": organisation_id, "granted": answer.granted, "text_version": text_version}


def _check_answer(answer: ConsentAnswer, text_version: str | None, question: ConsentQuestion | None) -> None:
    """Refuse an answer that does not fit its question; an unreadable version is refused already."""
    if question is None:
        message = "The campaign does not ask for this consent, or it is answered twice."
        raise invalid(message, "organisationId", reason=InputReason.NOT_ALLOWED)
    if text_version is not None and text_version != question.text_version:
        message = "This answers an older text: show the text of version {version}."
        raise invalid(message, "textVersion", reason=InputReason.NOT_ALLOWED, version=question.text_version)
    if question.required and not answer.granted:
        raise invalid("Signing needs this consent.", "granted", reason=InputReason.NOT_ALLOWED)


async def _known_partner_ids(partner_ids: Sequence[int | None]) -> set[int | None]:
    """Return those of the ids that are of a partner, and None, which stands for the site itself."""
    asked_ids = {partner_id for partner_id in partner_ids if partner_id not in (None, NO_PARTNER)}
    return {*await storage.by_ids(Partner, asked_ids), None}


async def _answerable_partner_ids(
    context: Context, partner_ids: Sequence[int | None], questions: Sequence[ConsentQuestion]
) -> set[int | None]:
    """Return those of the ids that a person can have been asked by: of no partner that only drafts have."""
    known_ids = await _known_partner_ids(partner_ids)
    answerable = {None, *(question.organisation_id for question in questions)} & known_ids
    answerable |= await visible_partner_ids(context, {one for one in known_ids - answerable if one is not None})
    if answerable != known_ids and context.viewer.supporter_id is not None:
        given = await storage.read(Consent, models.consents.SELECT_LATEST, context.viewer.supporter_id)
        answerable |= {consent.organisation_id for consent in given} & known_ids
    return answerable


def _partner_id(organisation_id: GlobalId | None) -> int | None:
    """Return the id of the organisation that asks, None for the site itself, NO_PARTNER for another kind of id."""
    if organisation_id is None:
        return None
    type_name, row_id = parse(organisation_id) or ("", 0)
    return row_id if type_name == "Partner" else NO_PARTNER


async def record_consents(supporter_id: int, consents: Sequence[dict[str, Any]], at: datetime) -> None:
    """Append a person's answers, which `checked_consents` has checked, to the ledger."""
    await storage.insert_many(Consent, [{"supporter_id": supporter_id, **row, "given_at": at} for row in consents])
