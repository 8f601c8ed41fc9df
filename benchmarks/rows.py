"""The content of the generated rows."""

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import models
import storage
from benchmarks.shape import CursorCodec, places

START = datetime(2024, 1, 1, tzinfo=UTC)
COMMENT_INTERVAL = timedelta(seconds=30)
KINDS = [kind.value for kind in models.ReactionKind]
GIVEN = "Amara Benedikt Chiara Dovlet Emeka Fatima Gulnara Henrik Ines Jorge Katharina".split()
SENTENCES = [
    "I signed because nobody should pick cotton under threat.",
    "Thank you for keeping this in the news for so long.",
    "Has anyone had an answer from the embassy since the last letter?",
    "My grandmother was taken to the fields as a child and never forgot it.",
    "The update of last week gave me hope, and the one before it did not.",
    "Shared with everyone at work; eleven of them have signed by now.",
    "Which brands still buy there? A list would help us to ask them.",
    "Freedom is not a favour that a government grants.",
]


def written(size: int, people: int) -> Iterator[tuple[type[storage.Row], Iterator[dict[str, Any]]]]:
    yield models.Supporter, _supporters(people)
    yield models.Profile, _profiles(people)
    yield models.Comment, _comments(size, people)


def _supporters(people: int) -> Iterator[dict[str, Any]]:
    for supporter_id in range(1, people + 1):
        given, family = _name(supporter_id)
        names = dict.fromkeys(("display_name", "first_name_initial"), f"{given} {family[0]}.")
        initials = f"{given[0]}. {family[0]}."
        yield {"id": supporter_id, **names, "initials": initials, "created_at": START.isoformat(" ")}


def _profiles(people: int) -> Iterator[dict[str, Any]]:
    for supporter_id in range(1, people + 1):
        given, family = _name(supporter_id)
        sealed = bytes(32) + family.encode()  # as long as an encrypted name
        yield {
            "supporter_id": supporter_id,
            "given_name": given,
            "family_name_sealed": sealed,
            "email_sealed": sealed,
            "email_hash": hashlib.sha256(family.encode()).hexdigest(),
            "country": "DE",
        }


def _name(supporter_id: int) -> tuple[str, str]:
    return GIVEN[supporter_id % len(GIVEN)], family_name(supporter_id)


def family_name(person: int) -> str:
    """Return a family name for the number of a person alone, such as "Bcd" for 123: a name may hold no digits."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(person)).title()


def _comments(size: int, people: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(size)
    texts = _texts()
    for place in places(size):
        author = rng.randrange(people) + 1
        yield _comment(place, author, texts[rng.randrange(len(texts))]) | _engagement(rng, people)


def _texts() -> list[dict[str, str]]:
    rng = random.Random(1)
    texts = []
    for _ in range(100):
        lines = rng.sample(SENTENCES, rng.randint(1, 3))
        html = "".join(f"<p>{line}</p>\n" for line in lines)
        texts.append({"body_markdown": "\n\n".join(lines), "body_html": html})
    return texts


def _comment(place: CursorCodec, author: int, text: dict[str, str]) -> dict[str, Any]:
    written = _moment(place.id)
    return {
        "id": place.id,
        "campaign_id": 1,
        "parent_id": place.parent_id,
        "author_id": author,
        "path": place.path,
        "depth": len(place.ancestor_ids),
        "created_at": written,
        "published_at": written,
        "updated_at": written,
        "active_at": _moment(place.last_descendant_id),
        "reply_count": place.reply_count,
        "listed_reply_count": place.reply_count,
        "descendant_count": place.descendant_count,
        **text,
    }


def _moment(comment_id: int) -> str:
    return (START + comment_id * COMMENT_INTERVAL).isoformat(" ")


def _engagement(rng: random.Random, people: int) -> dict[str, int]:
    """Draw votes and reactions from a Pareto distribution: few comments have most of them."""
    up, reactions = (min(int(rng.paretovariate(shape)) - 1, 300, people // 2) for shape in (1.5, 1.8))
    down = up // 8
    counts = {f"{kind.lower()}_count": (reactions + 4 - place) // 5 for place, kind in enumerate(KINDS)}
    return counts | {
        "up_count": up,
        "down_count": down,
        "score": up - down,
        "reaction_count": reactions,
        "engagement_count": up + down + reactions,
    }
