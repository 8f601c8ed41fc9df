"""Rich text: the HTML of any input is safe to show, and the plain text has its words."""

import asyncio
import contextlib
import re
import sys
from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models import Role
from refusals import Refusal
from resolvers import rich_text
from tests.support.app import TestApp, running_app

pytestmark = pytest.mark.anyio

RICH = "body { markdown html text }"
COMMENT_TAGS = {"p", "br", "em", "strong", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre", "hr"}
ARTICLE_TAGS = COMMENT_TAGS | {"h2", "h3", "h4", "sup"}
ATTRIBUTES = {"href", "title", "rel"}

Write = Callable[[str], Awaitable[dict[str, str] | None]]


async def comment(site: TestApp, body: str) -> dict[str, str]:
    """Return the body of a posted comment as the API gives it."""
    campaign = await site.campaign()
    answer = await site.do("postComment", f"comment {{ {RICH} }}", await site.guest(), campaignId=campaign, body=body)
    rich: dict[str, str] = answer["comment"]["body"]
    return rich


async def article(site: TestApp, body: str, **given: Any) -> dict[str, str]:
    """Return the body of a campaign as the API gives it."""
    campaign = await site.campaign(body=body, **given)
    query = f"query ($id: ID!) {{ campaign(id: $id) {{ {RICH} }} }}"
    rich: dict[str, str] = (await site.ask(query, id=campaign))["campaign"]["body"]
    return rich


# ---------------------------------------------------------------- what a comment may hold

LINK = '<a href="https://example.org/a?b=1&amp;c=2" rel="nofollow ugc noopener noreferrer">'


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("Hello", "<p>Hello</p>"),
        ("*so* **be** it", "<p><em>so</em> <strong>be</strong> it</p>"),
        ("~~gone~~", "<p><s>gone</s></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("one\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("`x < y`", "<p><code>x &lt; y</code></p>"),
        ("> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("[there](https://example.org/a?b=1&c=2)", f"<p>{LINK}there</a></p>"),
        ("<https://example.org/a?b=1&c=2>", f"<p>{LINK}https://example.org/a?b=1&amp;c=2</a></p>"),
        ("# not a heading", "<p># not a heading</p>"),
        ("![alt](https://example.org/x.png)", None),
        ("<b>bold</b> & <i>more</i>", "<p>&lt;b&gt;bold&lt;/b&gt; &amp; &lt;i&gt;more&lt;/i&gt;</p>"),
        ("A claim.[^1]", "<p>A claim.[^1]</p>"),
        (r"\*plain\*", "<p>*plain*</p>"),
    ],
)
async def test_comment_markdown_becomes_html(site: TestApp, markdown: str, html: str | None) -> None:
    rich = await comment(site, markdown)

    assert rich["markdown"] == markdown
    assert "<img" not in rich["html"]
    assert html in (rich["html"], None)


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("*so* **be** it", "so be it"),
        ("one\ntwo\n\nthree", "one\ntwo\nthree"),
        ("- one\n- two", "one\ntwo"),
        ("[there](https://example.org)", "there"),
        ("5 > 4 & 3 < 4", "5 > 4 & 3 < 4"),
        ("&lt;b&gt; &amp;amp;", "&lt;b&gt; &amp;amp;"),
        ('[x](https://example.org "a > b")', "x"),
    ],
)
async def test_plain_text_has_no_markup(site: TestApp, markdown: str, text: str) -> None:
    rich = await comment(site, markdown)

    assert rich["text"] == text


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        '<img src=x onerror="alert(1)">',
        "<svg/onload=alert(1)>",
        "[click](javascript:alert(1))",
        "[click](JaVaScRiPt:alert(1))",
        "[click](java&#115;cript:alert(1))",
        "[click](&#x6A;avascript:alert(1))",
        "[click](<java\tscript:alert(1)>)",
        "[click](vbscript:msgbox(1))",
        "[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
        "<javascript:alert(1)>",
        '[click](https://example.org "x\\" onmouseover=\\"alert(1)")',
        "[click](https://example.org'onclick=alert(1))",
        '[click](https://example.org/"onclick="alert(1))',
        '![x](x "onerror=alert(1)")',
        "```<img src=x onerror=alert(1)>\n</code></pre><script>alert(1)</script>\n```",
        "`</code><script>alert(1)</script>`",
        "[ref]: javascript:alert(1)\n\n[ref]",
        "<!-- --><a href='javascript:alert(1)'>x</a>",
        "<style>@import 'https://example.org';</style><iframe src=//example.org>",
        "<math><mtext><table><mglyph><style><img src onerror=alert(1)></style></mglyph></table></mtext></math>",
        "[a](https://example.org)" * 5 + "<a href=//x onclick=y>",
    ],
)
async def test_hostile_markup_is_removed(site: TestApp, hostile: str) -> None:
    assert_safe(await comment(site, hostile), COMMENT_TAGS)
    assert_safe(await article(site, hostile), ARTICLE_TAGS)


@pytest.mark.parametrize("piece", ["[", "![", "> ", "*a ", "**", "`a", "- ", "[a](", "<", "\\", "_a "])
async def test_deep_markup_is_accepted(site: TestApp, piece: str) -> None:
    body = (piece * 5000)[:4990] + "end"

    rich = await comment(site, body)

    assert_safe(rich, COMMENT_TAGS)


# ---------------------------------------------------------------- what a campaign's body may hold


async def test_campaign_body_has_headings(site: TestApp) -> None:
    rich = await article(site, "## Why\n\nBecause.")

    assert rich["html"] == "<h2>Why</h2>\n<p>Because.</p>"
    assert rich["text"] == "Why\nBecause."


async def test_citation_links_to_footnote(site: TestApp) -> None:
    sources = [{"text": "A report"}, {"text": "A letter", "url": "https://example.org/letter"}]

    rich = await article(site, "One claim,[^1] and another.[^2]", footnotes=sources)

    cited = re.findall(r'<sup><a href="#fn-(\d+)"[^>]*>(\d+)</a></sup>', rich["html"])
    assert cited == [("1", "1"), ("2", "2")]


async def test_citations_have_footnote_numbers(site: TestApp) -> None:
    campaign = await site.campaign(body="One,[^1] two.[^2]", footnotes=[{"text": "A report"}, {"text": "A letter"}])

    query = "query ($id: ID!) { campaign(id: $id) { footnotes { number text } } }"
    found = (await site.ask(query, id=campaign))["campaign"]["footnotes"]

    assert found == [{"number": 1, "text": "A report"}, {"number": 2, "text": "A letter"}]


@pytest.mark.parametrize("markdown", ["`[^1]`", "    [^1]", "\\[^1]", "[^x]", "[^1234]", "[^]"])
async def test_other_brackets_are_no_citation(site: TestApp, markdown: str) -> None:
    rich = await article(site, f"Before.\n\n{markdown}")

    assert "<sup>" not in rich["html"]


async def test_only_visitors_links_are_nofollow(site: TestApp) -> None:
    markdown = "[there](https://example.org)"

    article_html, comment_html = (
        (await article(site, markdown))["html"],
        (await comment(site, markdown))["html"],
    )

    assert "nofollow" not in article_html
    assert 'rel="nofollow ugc noopener noreferrer"' in comment_html


# ---------------------------------------------------------------- whatever is written


class Shown(HTMLParser):
    """Parse HTML as a browser does, into tags, attributes and visible text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_safe(rich: dict[str, str], tags: set[str]) -> None:
    shown = Shown(rich["html"])
    assert shown.tags <= tags
    assert {name for name, _ in shown.attributes} <= ATTRIBUTES
    for name, value in shown.attributes:
        if name == "href":
            assert urlsplit(re.sub(r"[\x00-\x20]", "", value)).scheme in ("", "http", "https", "mailto")
    assert "<script" not in rich["html"].lower()
    assert not re.search(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', rich["html"]))
    assert not re.search(r'href="\s*javascript:', rich["html"], re.IGNORECASE)
    assert "".join(rich["text"].split()) == "".join(shown.text.split())


PIECES = st.sampled_from(
    [
        *("<script>", "</script>", "<img src=x onerror=y>", "javascript:", "data:text/html,", "[", "](", ")"),
        *('"', "'", "<", ">", "&", "&lt;", "&#106;", "*", "**", "~~", "`", "```\n", "\n", "\n\n", "\t", "    "),
        *("> ", "- ", "1. ", "# ", "---", "![", "[^1]", "\\", "<a href=", "onclick=", "=", ":", "//", "http://e.org"),
        *("<https://e.org>", "<!--", "-->", "<![CDATA[", "]]>", "\u2028", "\u00a0", "é", "e\u0301", "😀"),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join))


def whatever_is_written(tags: set[str], author: Callable[[TestApp], Awaitable[Write]]) -> None:
    """Assert that rendered text is safe, for any text of one author."""
    with asyncio.Runner() as runner:
        stack = running_app(comment_links=10_000)
        site = runner.run(stack.__aenter__())
        write = runner.run(_started(author(site)))

        @given(TEXTS)
        @example("[x](javascript:alert(1))")
        @example('[x](http://e.org "> <script>")')
        def is_safe(text: str) -> None:
            rich = runner.run(_started(write(text)))
            if rich is not None:
                assert_safe(rich, tags)

        try:
            is_safe()
        finally:
            runner.run(stack.__aexit__(None, None, None))


LINES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\n\r")
    | st.sampled_from("ab1 .)-+#!:'\t\x0b\x1c\u2028\u00a0*_&<\"\\\0")
)


@given(st.sampled_from("aé中"), LINES)
def test_fast_path_renders_like_parser(letter: str, rest: str) -> None:
    """A line without markup skips the parser if it stands alone."""
    alone, below = (rich_text.comment(text).html for text in (letter + rest, f"*x*\n\n{letter}{rest}"))

    assert below == f"<p><em>x</em></p>\n{alone}"


async def _started(work: Awaitable[Any]) -> Any:
    return await work


def test_any_comment_is_safe_html() -> None:
    async def visitor(site: TestApp) -> Write:
        campaign, guest = await site.campaign(), await site.guest()

        async def write(text: str) -> dict[str, str] | None:
            answer = await site.do("postComment", f"comment {{ {RICH} }}", guest, campaignId=campaign, body=text)
            assert answer.get("code") in (None, "INVALID", "REJECTED_CONTENT")
            rich: dict[str, str] | None = answer.get("comment", {}).get("body")
            return rich

        return write

    whatever_is_written(COMMENT_TAGS, visitor)


def test_any_article_is_safe_html() -> None:
    async def campaigner(site: TestApp) -> Write:
        campaign, staff = await site.campaign(), await site.staff(Role.CAMPAIGNER)

        async def write(text: str) -> dict[str, str] | None:
            answer = await site.do("updateCampaign", f"campaign {{ {RICH} }}", staff, campaignId=campaign, body=text)
            assert answer.get("code") in (None, "INVALID", "REJECTED_CONTENT")
            rich: dict[str, str] | None = answer.get("campaign", {}).get("body")
            return rich

        return write

    whatever_is_written(ARTICLE_TAGS, campaigner)


# ---------------------------------------------------------------- texts that are hard to render

INTRICATE = {
    "images begun": "![" * 2_500,
    "links begun": "[a\n" * 1_600,
    "quotes and lists in each other": "!> a\n> - \n" * 500,
    "emphasis": "*_" * 2_500,
    "short lines": "a\n" * 2_500,
}
FEW = 3_000_000  # calls and returns; without a bound, twice to a thousand times as many


def calls(render: Callable[[str], Any], text: str) -> int:
    """Count the steps of rendering or refusing a text: unlike time, the same on every machine."""
    made = 0

    def count(*_: object) -> None:
        nonlocal made
        made += 1

    sys.setprofile(count)
    try:
        with contextlib.suppress(Refusal):
            render(text)
    finally:
        sys.setprofile(None)
    return made


@pytest.mark.parametrize("name", INTRICATE)
def test_article_parsing_is_bounded(name: str) -> None:
    assert calls(rich_text.article, (INTRICATE[name] * 20)[:100_000]) < 4 * FEW


@pytest.mark.parametrize("name", INTRICATE)
def test_comment_parsing_is_bounded(name: str) -> None:
    assert calls(rich_text.comment, INTRICATE[name][:5_000]) < FEW


async def test_too_complex_text_is_refused_with_advice(site: TestApp) -> None:
    campaign, body = await site.campaign(), INTRICATE["quotes and lists in each other"]

    problem = await site.do("postComment", "replayed", await site.guest(), campaignId=campaign, body=body)

    assert (problem["code"], problem["paths"]) == ("REJECTED_CONTENT", ["body"])
    assert "fewer brackets" in problem["message"]


async def test_too_complex_outcome_names_field(site: TestApp) -> None:
    campaign, staff = await site.campaign(), await site.staff(Role.CAMPAIGNER)
    outcome = {"headline": "Won", "occurredOn": "2020-01-01", "summary": INTRICATE["links begun"] * 20}

    problem = await site.do("changeCampaignState", "replayed", staff, campaignId=campaign, state="WON", outcome=outcome)

    assert (problem["code"], problem["paths"]) == ("REJECTED_CONTENT", ["outcome.summary"])


async def test_long_ordinary_article_is_accepted(site: TestApp) -> None:
    paragraph = (
        "He *said* so: **they** beat me.[^1] Read [this](https://example.org/a).\n\n- one `x`\n- two\n\n> quoted\n\n"
    )
    body = (paragraph * 1_000)[:100_000]

    rich = await article(site, body)

    assert rich["markdown"] == body.strip()
