"""What the demo's content promises: the documented counts and dates, and nothing of anyone real."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from demo.campaigns import BY_SLUG, CAMPAIGNS, MAIN
from demo.comments_text import base_texts
from demo.countries import CULTURES_OF
from demo.discussion import authors, discussion
from demo.names import CULTURES
from demo.people import KATHARINA, STAFF, is_public_figure
from demo.shapes import Campaign, DemoAuthor, DemoComment, DemoSignature
from demo.signatures import signatures


class Content(NamedTuple):
    signed: list[DemoSignature]
    talk: list[DemoComment]
    writers: list[DemoAuthor]


def made(campaign: Campaign) -> Content:
    signed = signatures(campaign)
    return Content(signed, discussion(campaign, signed), authors(campaign, signed))


@pytest.fixture(scope="module")
def content() -> dict[str, Content]:
    return {campaign.slug: made(campaign) for campaign in CAMPAIGNS}


@pytest.fixture(scope="module")
def signed(content: dict[str, Content]) -> list[DemoSignature]:
    return content[MAIN.slug].signed


@pytest.fixture(scope="module")
def talk(content: dict[str, Content]) -> list[DemoComment]:
    return content[MAIN.slug].talk


@pytest.fixture(scope="module")
def writers(content: dict[str, Content]) -> list[DemoAuthor]:
    return content[MAIN.slug].writers


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def test_the_counter_adds_up(signed: list[DemoSignature]) -> None:
    partners = sum(partner.signatures for partner in MAIN.partners)

    assert len(signed) == MAIN.direct_signatures == 90_309
    assert partners == 11_255
    assert len(signed) + partners == 101_564


def test_the_dates_are_the_documented_ones() -> None:
    assert [entry.occurred_on for entry in MAIN.timeline] == [
        date(2016, 10, 4),
        date(2017, 4, 4),
        date(2019, 9, 6),
    ]
    assert MAIN.launched_at
    assert MAIN.launched_at.date() == date(2017, 4, 4)
    assert MAIN.closed_at
    assert MAIN.closed_at.date() == date(2019, 9, 6)
    assert MAIN.outcome
    assert MAIN.outcome.occurred_on == date(2019, 9, 6)
    assert MAIN.updates[-1].posted_at.date() == date(2019, 9, 6)


def test_the_discussion_has_1022_threads_and_31_replies_by_973_people(
    talk: list[DemoComment], writers: list[DemoAuthor]
) -> None:
    assert sum(comment.parent_key is None for comment in talk) == 1_022
    assert sum(comment.parent_key is not None for comment in talk) == 31
    assert {comment.author for comment in talk} == set(range(973))
    assert len(writers) == len({writer.supporter for writer in writers}) == 973
    assert [writer.person for writer in writers if writer.is_staff] == [STAFF]


def test_signatures_ascend_from_the_launch_to_katharina(signed: list[DemoSignature]) -> None:
    moments = [signature.signed_at for signature in signed]

    assert moments == sorted(moments)
    assert MAIN.launched_at
    assert MAIN.signatures_end_at
    assert MAIN.launched_at <= moments[0] < moments[-1] <= MAIN.signatures_end_at
    assert signed[-1].person == KATHARINA


def test_supporters_come_from_many_countries_some_of_them_very_few(signed: list[DemoSignature]) -> None:
    counts = Counter(signature.person.country for signature in signed)

    assert len(counts) >= 90
    assert min(counts.values()) < 5
    assert counts.most_common(1)[0][1] > 10_000
    assert set(counts) <= set(CULTURES_OF)


def test_names_are_plausible_and_no_one_known(signed: list[DemoSignature]) -> None:
    people = [signature.person for signature in signed]

    assert len({name for culture in CULTURES.values() for name in culture.given}) >= 400
    assert len({name for culture in CULTURES.values() for name in culture.family}) >= 400
    assert all(person.given_name.strip() for person in people)
    assert all(person.family_name is None or person.family_name.strip() for person in people)
    assert not any(is_public_figure(person.given_name, person.family_name) for person in people)
    assert not any("Matalaev" in (person.family_name or "") for person in people)
    assert Counter(person.name_display for person in people).most_common(1)[0][0] == "FIRST_NAME_INITIAL"


@pytest.mark.parametrize("slug", BY_SLUG)
def test_two_calls_are_equal(slug: str, content: dict[str, Content]) -> None:
    assert made(BY_SLUG[slug]) == content[slug]


def test_another_process_makes_the_same(content: dict[str, Content]) -> None:
    code = "from tests.demo.test_demo_content import *; print(digest({c.slug: made(c) for c in CAMPAIGNS}))"
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(Path(__file__).parents[2])}

    other = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert other.stdout.strip() == digest(content)


def digest(content: dict[str, Content]) -> str:
    return hashlib.sha256(repr(content).encode()).hexdigest()


@pytest.mark.parametrize("slug", BY_SLUG)
def test_a_discussion_is_in_order_and_replies_follow_their_parents(slug: str, content: dict[str, Content]) -> None:
    talk = content[slug].talk
    moments = [comment.created_at for comment in talk]
    seen: set[str] = set()

    assert moments == sorted(moments)
    for comment in talk:
        assert comment.parent_key is None or comment.parent_key in seen
        seen.add(comment.key)
    assert len(seen) == len(talk)


def test_comments_begin_with_the_campaign_burst_on_the_day_of_freedom_and_go_on(
    talk: list[DemoComment],
) -> None:
    days = Counter(comment.created_at.date() for comment in talk)

    assert talk[0].created_at.date() == date(2017, 4, 4)
    assert days[date(2019, 9, 6)] >= 100
    assert days.most_common(1)[0][0] == date(2019, 9, 6)
    assert talk[-1].created_at.year == 2026


def test_replies_nest_four_deep(talk: list[DemoComment]) -> None:
    depth: dict[str, int] = {}
    for comment in talk:
        depth[comment.key] = 1 + depth[comment.parent_key] if comment.parent_key else 0

    assert max(depth.values()) == 4


def test_texts_are_varied(talk: list[DemoComment]) -> None:
    bodies = [comment.body for comment in talk]

    assert len(set(base_texts())) == len(base_texts()) >= 330
    assert len(set(bodies)) == len(bodies)
    assert all(1 <= len(body) <= 5_000 for body in bodies)
    assert max(map(len, bodies)) > 800
    assert not any("{" in body for body in bodies)


def test_nothing_written_holds_an_address_or_a_real_link(content: dict[str, Content]) -> None:
    bodies = [comment.body for made in content.values() for comment in made.talk]
    written = [*bodies, *_texts([asdict(campaign) for campaign in CAMPAIGNS])]

    assert not any("@" in text for text in written)
    links = [link for text in written for link in re.findall(r"https?://[^\s)>\"]+", text)]
    assert links
    assert all(link.startswith("https://example.org/") for link in links)


@pytest.mark.parametrize("slug", BY_SLUG)
def test_voters_are_distinct_had_signed_and_are_not_the_author(slug: str, content: dict[str, Content]) -> None:
    signed, talk, writers = content[slug]
    for comment in talk:
        votes = [(vote.supporter, vote.voted_at) for vote in comment.votes]
        reactions = [(reaction.supporter, reaction.reacted_at) for reaction in comment.reactions]

        assert len({who for who, _ in votes}) == len(votes)
        assert len({who for who, _ in reactions}) == len(reactions)
        for who, at in votes + reactions:
            assert who != writers[comment.author].supporter
            assert comment.created_at <= at
            assert signed[who].signed_at < at


def test_few_comments_are_loved_and_most_read_in_silence(talk: list[DemoComment]) -> None:
    votes = sorted((len(comment.votes) for comment in talk), reverse=True)
    reactions = sum(len(comment.reactions) for comment in talk)

    assert votes[1] >= 60
    assert votes[len(votes) // 2] <= 3
    assert 4_000 <= sum(votes) + reactions <= 6_000


def test_footnotes_are_cited_in_their_order() -> None:
    for campaign in CAMPAIGNS:
        cited = re.findall(r"\[\^(\d+)\]", campaign.body)
        assert cited == [str(number) for number in range(1, len(campaign.footnotes) + 1)]
    assert len(MAIN.footnotes) == 3


def test_an_update_that_names_a_count_comes_after_it(signed: list[DemoSignature]) -> None:
    partners = sum(partner.signatures for partner in MAIN.partners)
    reached = {10_000: signed[9_999].signed_at, 100_000: signed[99_999 - partners].signed_at}
    posted = {update.title: update.posted_at for update in MAIN.updates}

    assert reached[10_000] < posted["10,000 names, and the first questions answered"]
    assert reached[100_000] < posted["100,000 names"]
    assert max(reached.values()) < datetime(2019, 9, 6, tzinfo=UTC)


def test_states_give_lists_and_filters_something_to_show() -> None:
    states = {campaign.slug: (campaign.state, campaign.comment_policy) for campaign in CAMPAIGNS}

    assert states["free-gaspar-matalaev"] == ("WON", "OPEN")
    assert {state for state, _ in states.values()} == {"WON", "LIVE", "PAUSED", "DRAFT"}
    assert "PREMODERATED" in {policy for _, policy in states.values()}
