"""Generated comments: drafts from the languages' texts, complete texts first, then combinations of parts."""

from random import Random

from demo.random_draws import random_below, random_choice, shuffle
from demo.texts import TEXTS, Parts
from demo.types import CommentDraft, Phase

# Patterns of a combined comment: (o)pening, (r)eason and (c)losing.
_PATTERNS = (
    "{o} {r}",
    "{r} {c}",
    "{o} {r} {c}",
    "{o} {r} {c}",
    "{o} {r}\n\n{c}",
    "{r}",
    "{o}\n\n{r} {c}",
    "{r} {c}",
)


def generate_drafts(rng: Random, phase: Phase, count: int) -> list[CommentDraft]:
    """Return `count` drafts of threads with different texts, in random order."""
    drafts = [
        _draft(rng, language, phase, body)
        for language, texts in TEXTS.items()
        for body in texts.comments.get(phase, ())
    ]
    shuffle(rng, drafts)
    drafts = drafts[:count]
    used = {draft.body for draft in drafts}
    weighted = [
        (language, texts.parts[phase])
        for language, texts in TEXTS.items()
        if phase in texts.parts
        for _ in range(texts.parts[phase].weight)
    ]
    while len(drafts) < count:
        language, parts = random_choice(rng, weighted)
        draft = _draft(rng, language, phase, _combine(rng, parts))
        if draft.body not in used:
            used.add(draft.body)
            drafts.append(draft)
    return drafts


def _combine(rng: Random, parts: Parts) -> str:
    """Draw parts until they name one place at most, and none after an opening that ends with a comma or a colon."""
    while True:
        opening = random_choice(rng, parts.openings)
        reason, closing = random_choice(rng, parts.reasons), random_choice(rng, parts.closings)
        body = random_choice(rng, _PATTERNS).format(o=opening, r=reason, c=closing)
        if body.count("{place}") < 2 and not (opening.endswith((",", ":")) and "{place}" in body):
            return body


def _draft(rng: Random, language: str, phase: Phase, body: str) -> CommentDraft:
    if "{place}" not in body:
        return CommentDraft("", body, language, phase)
    places = TEXTS[language].places
    countries = list(places)  # larger ones first: the product of two draws prefers the start of the list
    index = random_below(rng, len(countries)) * random_below(rng, len(countries)) // len(countries)
    country = countries[index]
    return CommentDraft("", body.replace("{place}", random_choice(rng, places[country])), language, phase, country)
