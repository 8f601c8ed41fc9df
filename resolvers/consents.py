"""Consents: a campaign's questions, and reading and appending a person's answers with the version of the text."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import models
import storage
from models import Consent, ConsentQuestion, Partner, Profile
from refusals import Refusal, invalid, not_found
from resolvers import rich_text, screening
from resolvers.context import Context
from resolvers.declarations import USUAL_LIST_SIZE, list_size, reads
from resolvers.ids import GlobalId, parse

MAX_CONSENTS = 20
MAX_QUESTION_LENGTH = 5_000


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


async def checked_questions(
    drafts: Sequence[ConsentQuestionDraft], current: Sequence[ConsentQuestion] = ()
) -> list[ConsentQuestion]:
    """Check a campaign's new questions, and return them as they are stored; `current` are the questions until now.

    Each organisation has at most one question. The text of a version can not change: the ledger of consents names the
    version alone.
    """
    if len(drafts) > MAX_CONSENTS:
        message = f"`consentQuestions` has {len(drafts)} entries; at most {MAX_CONSENTS} fit."
        raise invalid(message, "consentQuestions")
    questions = [_checked_question(draft) for draft in drafts]
    organisation_ids = [question.organisation_id for question in questions]
    if len(set(organisation_ids)) < len(organisation_ids):
        raise invalid("Two questions are of one organisation: ask for one consent in each.", "consentQuestions")
    await _check_exist(set(organisation_ids) - {None}, "consentQuestions")
    texts = {(one.organisation_id, one.text_version): one.text.markdown for one in current}
    for question in questions:
        version = question.text_version
        if texts.get((question.organisation_id, version), question.text.markdown) != question.text.markdown:
            message = f"The text of version {version!r} was shown already: give the new text another `textVersion`."
            raise invalid(message, "consentQuestions")
    return questions


def _checked_question(draft: ConsentQuestionDraft) -> ConsentQuestion:
    text = screening.article(draft.text, "consentQuestions", MAX_QUESTION_LENGTH)
    return ConsentQuestion(
        rich_text.article(text, "consentQuestions"),
        screening.line(draft.text_version, "consentQuestions", 100),
        bool(draft.required),
        _organisation_id(draft.organisation_id, "consentQuestions"),
    )


def check_answers(questions: Sequence[ConsentQuestion], answers: Sequence[ConsentAnswer]) -> None:
    """Refuse answers that do not fit the campaign's questions. A campaign without questions takes any answers.

    Each answer must be to a question of the campaign with the text of now, and a required consent must be granted.
    """
    if not questions:
        return
    open_questions = {question.organisation_id: question for question in questions}
    for position, answer in enumerate(answers):
        question = open_questions.pop(_organisation_id(answer.organisation_id, "consents"), None)
        if question is None:
            message = f"Answer {position + 1} of `consents` is to a question that the campaign does not ask, or twice."
            raise invalid(message, "consents")
        if screening.line(answer.text_version, "consents", 100) != question.text_version:
            message = f"Answer {position + 1} of `consents` is to another text: show {question.text_version!r}."
            raise invalid(message, "consents")
        if question.required and not answer.granted:
            raise _not_granted(question)
    for question in open_questions.values():
        if question.required:
            raise _not_granted(question)


def _not_granted(question: ConsentQuestion) -> Refusal:
    return invalid(f"Signing needs the consent {question.text_version!r}: grant it in `consents`.", "consents")


# ---------------------------------------------------------------- answers


@list_size(USUAL_LIST_SIZE)
async def consents(profile: Profile) -> list[Consent]:
    """The last answer to each organisation, and to the site itself."""
    return await storage.read(Consent, models.consents.SELECT_LATEST, profile.supporter_id)


@reads("organisation_id")
def organisation(consent: Consent | ConsentQuestion, context: Context) -> Awaitable[Partner] | None:
    """The partner that asks for the consent; null: the site itself."""
    return context.row(Partner, consent.organisation_id) if consent.organisation_id else None


async def record_consents(supporter_id: int, answers: Sequence[ConsentAnswer], at: datetime) -> None:
    """Append a person's answers to the ledger."""
    if len(answers) > MAX_CONSENTS:
        raise invalid(f"`consents` has {len(answers)} entries; at most {MAX_CONSENTS} fit.", "consents")
    rows: list[dict[str, Any]] = [
        {
            "supporter_id": supporter_id,
            "organisation_id": _organisation_id(answer.organisation_id, "consents"),
            "granted": answer.granted,
            "text_version": screening.line(answer.text_version, "consents", 100),
            "given_at": at,
        }
        for answer in answers
    ]
    await _check_exist({row["organisation_id"] for row in rows} - {None}, "consents")
    await storage.insert_many(Consent, rows)


async def _check_exist(organisation_ids: set[Any], field: str) -> None:
    if len(await storage.by_ids(Partner, organisation_ids)) < len(organisation_ids):
        raise not_found("organisation", field)


def _organisation_id(global_id: GlobalId | None, field: str) -> int | None:
    if global_id is None:
        return None
    parsed = parse(global_id)
    if parsed is None or parsed[0] != "Partner":
        raise not_found("organisation", field)
    return parsed[1]
