"""Turns the voices into as many different comments as are asked for: whole texts first, then combinations."""

from random import Random

from demo.chance import below, pick, shuffle
from demo.shapes import Draft, Era
from demo.voices import VOICES
from demo.voices.voice import Parts, Voice

# Which parts a combined comment has, and what stands between them.
_SHAPES = (
    "{o} {r}",
    "{r} {c}",
    "{o} {r} {c}",
    "{o} {r} {c}",
    "{o} {r}\n\n{c}",
    "{r}",
    "{o}\n\n{r} {c}",
    "{r} {c}",
)


def drafts(rng: Random, era: Era, count: int) -> list[Draft]:
    """`count` different beginnings of threads, in no order."""
    made = [_placed(rng, voice, era, body) for voice in VOICES for body in voice.whole.get(era, ())]
    shuffle(rng, made)
    made = made[:count]
    seen = {draft.body for draft in made}
    speakers = [voice for voice in VOICES for _ in range(voice.weights.get(era, 0))]
    while len(made) < count:
        voice = pick(rng, speakers)
        draft = _placed(rng, voice, era, _combined(rng, voice.parts[era]))
        if draft.body not in seen:
            seen.add(draft.body)
            made.append(draft)
    return made


def base_texts() -> list[str]:
    """Every whole text, in any era and language."""
    return [body for voice in VOICES for bodies in voice.whole.values() for body in bodies]


def _combined(rng: Random, parts: Parts) -> str:
    while True:
        drawn = pick(rng, parts.openings), pick(rng, parts.reasons), pick(rng, parts.closings)
        body = pick(rng, _SHAPES).format(o=drawn[0], r=drawn[1], c=drawn[2])
        if body.count("{place}") < 2 and not (drawn[0].endswith((",", ":")) and "{place}" in body):
            return body


def _placed(rng: Random, voice: Voice, era: Era, body: str) -> Draft:
    if "{place}" not in body:
        return Draft("", body, voice.language, era)
    # Larger countries first: the square leans towards the start of the list.
    homes = list(voice.places)
    country = homes[below(rng, len(homes)) * below(rng, len(homes)) // len(homes)]
    return Draft("", body.replace("{place}", pick(rng, voice.places[country])), voice.language, era, country)
