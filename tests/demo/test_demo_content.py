"""The demo's content, before it is loaded: documented figures and dates, invented people, valid TOML files."""

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

import demo
from demo.campaigns import BY_SLUG, CAMPAIGNS, MAIN
from demo.conversations import CONVERSATIONS, Conversation
from demo.discussion import authors, discussion
from demo.names import CULTURES, CULTURES_OF_COUNTRY
from demo.people import STAFF, is_public_figure
from demo.read_toml import InvalidFile, read_folder, read_toml
from demo.signatures import signatures
from demo.texts import TEXTS, Texts
from demo.types import DemoAuthor, DemoCampaign, DemoComment, DemoPerson, DemoSignature

TOML_FILES = sorted(Path(demo.__path__[0]).rglob("*.toml"))


class Content(NamedTuple):
    signed: list[DemoSignature]
    comments: list[DemoComment]
    authors: list[DemoAuthor]


def generate(campaign: DemoCampaign) -> Content:
    signed = signatures(campaign)
    return Content(signed, discussion(campaign, signed), authors(campaign, signed))


@pytest.fixture(scope="module")
def content() -> dict[str, Content]:
    return {campaign.slug: generate(campaign) for campaign in CAMPAIGNS}


@pytest.fixture(scope="module")
def signed(content: dict[str, Content]) -> list[DemoSignature]:
    return content[MAIN.slug].signed


@pytest.fixture(scope="module")
def comments(content: dict[str, Content]) -> list[DemoComment]:
    return content[MAIN.slug].comments


@pytest.fixture(scope="module")
def main_authors(content: dict[str, Content]) -> list[DemoAuthor]:
    return content[MAIN.slug].authors


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)


def _complete_texts() -> list[str]:
    return [body for texts in TEXTS.values() for bodies in texts.comments.values() for body in bodies]


def test_direct_and_partner_signatures_add_up_to_the_counter(signed: list[DemoSignature]) -> None:
    partners = sum(partner.signatures for partner in MAIN.partners)

    assert len(signed) == MAIN.direct_signatures == 90_309
    assert partners == 11_255
    assert len(signed) + partners == 101_564


def test_dates_are_the_documented_ones() -> None:
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


def test_discussion_has_1022_threads_and_31_replies_by_973_authors(
    comments: list[DemoComment], main_authors: list[DemoAuthor]
) -> None:
    assert sum(comment.parent_key is None for comment in comments) == 1_022
    assert sum(comment.parent_key is not None for comment in comments) == 31
    assert {comment.author_index for comment in comments} == set(range(973))
    assert len(main_authors) == len({author.supporter_index for author in main_authors}) == 973
    assert [author.person for author in main_authors if author.is_staff] == [STAFF]


def test_signatures_ascend_from_the_launch_to_katharina(signed: list[DemoSignature]) -> None:
    times = [signature.signed_at for signature in signed]

    assert times == sorted(times)
    assert MAIN.launched_at
    assert MAIN.signatures_end_at
    assert MAIN.launched_at <= times[0] < times[-1] <= MAIN.signatures_end_at
    assert signed[-1].person == DemoPerson("Katharina", "Sommer", "DE", "FIRST_NAME_INITIAL")


def test_some_countries_have_many_supporters_and_some_very_few(signed: list[DemoSignature]) -> None:
    counts = Counter(signature.person.country for signature in signed)

    assert len(counts) >= 90
    assert min(counts.values()) < 5
    assert counts.most_common(1)[0][1] > 10_000
    assert set(counts) <= set(CULTURES_OF_COUNTRY)


def test_every_culture_of_a_country_has_names() -> None:
    assert {culture for cultures in CULTURES_OF_COUNTRY.values() for culture in cultures} == set(CULTURES)


def test_names_are_varied_and_not_those_of_public_figures(signed: list[DemoSignature]) -> None:
    people = [signature.person for signature in signed]

    assert len({name for culture in CULTURES.values() for name in culture.given}) >= 400
    assert len({name for culture in CULTURES.values() for name in culture.family}) >= 400
    assert all(person.given_name.strip() for person in people)
    assert all(person.family_name is None or person.family_name.strip() for person in people)
    assert not any(is_public_figure(person.given_name, person.family_name) for person in people)
    assert not any("Matalaev" in (person.family_name or "") for person in people)
    assert Counter(person.name_display for person in people).most_common(1)[0][0] == "FIRST_NAME_INITIAL"


@pytest.mark.parametrize("slug", BY_SLUG)
def test_second_call_generates_the_same(slug: str, content: dict[str, Content]) -> None:
    assert generate(BY_SLUG[slug]) == content[slug]


def test_another_process_generates_the_same(content: dict[str, Content]) -> None:
    code = "from tests.demo.test_demo_content import *; print(digest({c.slug: generate(c) for c in CAMPAIGNS}))"
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(Path(__file__).parents[2])}

    other = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert other.stdout.strip() == digest(content)


def digest(content: dict[str, Content]) -> str:
    return hashlib.sha256(repr(content).encode()).hexdigest()


@pytest.mark.parametrize("slug", BY_SLUG)
def test_comments_ascend_and_replies_follow_their_parents(slug: str, content: dict[str, Content]) -> None:
    comments = content[slug].comments
    times = [comment.created_at for comment in comments]
    seen: set[str] = set()

    assert times == sorted(times)
    for comment in comments:
        assert comment.parent_key is None or comment.parent_key in seen
        seen.add(comment.key)
    assert len(seen) == len(comments)


def test_most_comments_are_of_the_day_of_the_release(comments: list[DemoComment]) -> None:
    days = Counter(comment.created_at.date() for comment in comments)

    assert comments[0].created_at.date() == date(2017, 4, 4)
    assert days[date(2019, 9, 6)] >= 100
    assert days.most_common(1)[0][0] == date(2019, 9, 6)
    assert comments[-1].created_at.year == 2026


def test_replies_nest_four_deep(comments: list[DemoComment]) -> None:
    depth: dict[str, int] = {}
    for comment in comments:
        depth[comment.key] = 1 + depth[comment.parent_key] if comment.parent_key else 0

    assert max(depth.values()) == 4


def test_comments_have_different_texts(comments: list[DemoComment]) -> None:
    bodies, complete = [comment.body for comment in comments], _complete_texts()

    assert len(set(complete)) == len(complete) >= 330
    assert len(set(bodies)) == len(bodies)
    assert all(1 <= len(body) <= 5_000 for body in bodies)
    assert all(body == body.strip() for body in bodies)
    assert max(map(len, bodies)) > 800
    assert not any("{" in body for body in bodies)


def test_texts_contain_no_email_and_no_real_link(content: dict[str, Content]) -> None:
    bodies = [comment.body for generated in content.values() for comment in generated.comments]
    written = [*bodies, *_strings([asdict(campaign) for campaign in CAMPAIGNS])]

    assert not any("@" in text for text in written)
    links = [link for text in written for link in re.findall(r"https?://[^\s)>\"]+", text)]
    assert links
    assert all(link.startswith("https://example.org/") for link in links)


@pytest.mark.parametrize("slug", BY_SLUG)
def test_voters_are_distinct_earlier_signers_and_not_the_author(slug: str, content: dict[str, Content]) -> None:
    signed, comments, authors = content[slug]
    for comment in comments:
        votes = [(vote.supporter_index, vote.voted_at) for vote in comment.votes]
        reactions = [(reaction.supporter_index, reaction.reacted_at) for reaction in comment.reactions]

        assert len({supporter for supporter, _ in votes}) == len(votes)
        assert len({supporter for supporter, _ in reactions}) == len(reactions)
        for supporter, at in votes + reactions:
            assert supporter != authors[comment.author_index].supporter_index
            assert comment.created_at <= at
            assert signed[supporter].signed_at < at


def test_few_comments_have_many_votes_and_most_have_few(comments: list[DemoComment]) -> None:
    votes = sorted((len(comment.votes) for comment in comments), reverse=True)
    reactions = sum(len(comment.reactions) for comment in comments)

    assert votes[1] >= 60
    assert votes[len(votes) // 2] <= 3
    assert 4_000 <= sum(votes) + reactions <= 6_000


def test_footnotes_are_cited_in_their_order() -> None:
    for campaign in CAMPAIGNS:
        cited = re.findall(r"\[\^(\d+)\]", campaign.body)
        assert cited == [str(number) for number in range(1, len(campaign.footnotes) + 1)]
    assert len(MAIN.footnotes) == 3


def test_update_that_names_a_count_follows_that_count(signed: list[DemoSignature]) -> None:
    partners = sum(partner.signatures for partner in MAIN.partners)
    reached = {10_000: signed[9_999].signed_at, 100_000: signed[99_999 - partners].signed_at}
    posted = {update.title: update.posted_at for update in MAIN.updates}

    assert reached[10_000] < posted["10,000 names, and the first questions answered"]
    assert reached[100_000] < posted["100,000 names"]
    assert max(reached.values()) < datetime(2019, 9, 6, tzinfo=UTC)


def test_campaigns_are_in_different_states() -> None:
    states = {campaign.slug: (campaign.state, campaign.comment_policy) for campaign in CAMPAIGNS}

    assert states["free-gaspar-matalaev"] == ("WON", "OPEN")
    assert {state for state, _ in states.values()} == {"WON", "LIVE", "PAUSED", "DRAFT"}
    assert "PREMODERATED" in {policy for _, policy in states.values()}


@pytest.mark.parametrize("slug", BY_SLUG)
def test_campaign_has_the_slug_that_its_file_is_named_by(slug: str) -> None:
    assert BY_SLUG[slug].slug == slug


@pytest.mark.parametrize("slug", CONVERSATIONS)
def test_conversation_has_distinct_keys_and_known_references(slug: str) -> None:
    """Every parent, author and language that a written comment names exists."""
    drafts = CONVERSATIONS[slug].comments
    keys = [draft.key for draft in drafts]

    assert slug in BY_SLUG
    assert len(set(keys)) == len(keys)
    assert {draft.parent_key for draft in drafts} <= {None, *keys}
    assert {draft.author for draft in drafts} <= {"new", "staff", *keys}
    assert {draft.language for draft in drafts} <= set(TEXTS)


@pytest.mark.parametrize("language", TEXTS)
def test_texts_name_known_countries_and_places_only_where_places_are_listed(language: str) -> None:
    texts = TEXTS[language]
    with_place = [text for text in _strings(asdict(texts)) if "{place}" in text]

    assert {*texts.countries, *texts.places} <= set(CULTURES_OF_COUNTRY)
    assert texts.places or not with_place


@pytest.mark.parametrize("path", TOML_FILES, ids=lambda path: path.stem)
def test_toml_file_says_how_to_add_to_it(path: Path) -> None:
    comments = re.match(r"(#.*\n)+", path.read_text())

    assert comments
    assert re.search(r"To add a (demo comment|name)|A draft has no comments", comments[0])


VALID_TEXTS = 'countries = ["GB"]\n[comments]\ncampaign = ["Signed."]\n'


@pytest.mark.parametrize(
    ("kind", "text", "mistake"),
    [
        pytest.param(Texts, VALID_TEXTS.replace("comments", "coments"), "coments: unknown key", id="unknown-key"),
        pytest.param(
            Texts, VALID_TEXTS.replace("Signed.", " "), r"comments.campaign\[0\]: ' ' is not", id="empty-text"
        ),
        pytest.param(Texts, VALID_TEXTS.replace("campaign", "before"), "'before' is not one of", id="unknown-phase"),
        pytest.param(Texts, VALID_TEXTS.replace('["Signed."]', '"Signed."'), "is not a list", id="not-a-list"),
        pytest.param(Texts, VALID_TEXTS.replace('["GB"]', "[44]"), "44 is not a text", id="not-a-text"),
        pytest.param(Texts, "[comments]\n", "countries: missing", id="missing-key"),
        pytest.param(Texts, VALID_TEXTS + "weight = \n", "Invalid value", id="not-toml"),
        pytest.param(Texts, VALID_TEXTS + "[parts.campaign]\n", "parts.campaign.weight: missing", id="inner-key"),
        pytest.param(
            Conversation,
            '[[comments]]\nkey = "a"\nbody = "b"\nphase = "soon"\n',
            r"comments\[0\].phase: 'soon' is not one of",
            id="unknown-phase-of-a-comment",
        ),
        pytest.param(
            Conversation,
            '[[comments]]\nkey = "a"\nbody = "b"\nhours_after_parent = "1"\n',
            "'1' is not of type int",
            id="not-an-integer",
        ),
    ],
)
def test_broken_toml_file_is_named_with_its_mistake(tmp_path: Path, kind: type, text: str, mistake: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text)

    with pytest.raises(InvalidFile, match=f"^{re.escape(str(path))}: .*{mistake}"):
        read_toml(path, kind)


def test_unlisted_or_absent_toml_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text(VALID_TEXTS)
    (tmp_path / "eo.toml").write_text(VALID_TEXTS)

    assert list(read_folder(tmp_path, ("eo", "en"), Texts)) == ["eo", "en"]
    with pytest.raises(InvalidFile, match=r"eo\.toml: not in the list"):
        read_folder(tmp_path, ("en",), Texts)
    with pytest.raises(InvalidFile, match=r"la\.toml: "):
        read_folder(tmp_path, ("en", "eo", "la"), Texts)
