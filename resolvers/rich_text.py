"""Markdown in, safe HTML and plain text out. What people write is never trusted: nh3 decides what may stay."""

import re

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from models import RichText
from refusals import ProblemCode, Refusal

STEPS = 40_000
"""What rendering may take: 100,000 characters full of links and lists take 31,000, hostile ones many millions."""

_TAGS = {"p", "br", "em", "strong", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre", "hr"}
_HEADINGS = {"h2", "h3", "h4"}
_ATTRIBUTES = {"a": {"href", "title"}}
_SCHEMES = {"http", "https", "mailto"}
_comment_cleaner = nh3.Cleaner(
    tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="nofollow ugc noopener noreferrer"
)
_article_cleaner = nh3.Cleaner(
    tags=_TAGS | _HEADINGS | {"sup"}, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="noopener noreferrer"
)
_PLAIN = re.compile(r'[^\W\d_][^\n\r\0\\`~*_\[\]<>&"]*(?<!\s)')
"""One line in which no rule for comments would find anything: it begins with a letter, and marks nothing."""
_CITATION = re.compile(r"\[\^(\d{1,3})\]")


def _cite(state: StateInline, silent: bool) -> bool:
    """`[^1]` in a campaign's body is a link to its first footnote."""
    match = _CITATION.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = f'<sup><a href="#fn-{match[1]}">{match[1]}</a></sup>'
    state.pos = match.end()
    return True


def _inline_step(state: StateInline, silent: bool) -> bool:
    return _step(state)


def _block_step(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    return _step(state)


def _step(state: StateInline | StateBlock) -> bool:
    """A rule that never matches: it counts the places at which markdown-it tries its rules, again and again."""
    state.env["steps"] += 1
    if state.env["steps"] > STEPS:
        message = "The text is too intricate to be shown: use fewer brackets, asterisks, quotes, lists and short lines."
        raise Refusal(ProblemCode.REJECTED_CONTENT, message, state.env["field"])
    return False


def _bounded(parser: MarkdownIt) -> None:
    parser.inline.ruler.before("text", "step", _inline_step)
    parser.block.ruler.before("table", "step", _block_step, {"alt": ["paragraph", "reference", "blockquote", "list"]})


_comment = MarkdownIt("zero", {"breaks": True, "linkify": False}).enable(
    [
        "emphasis",
        "strikethrough",
        "link",
        "autolink",
        "list",
        "blockquote",
        "backticks",
        "fence",
        "newline",
        "escape",
    ]
)
_article = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")
_article.inline.ruler.before("link", "citation", _cite)
_bounded(_comment)
_bounded(_article)


def comment(markdown: str) -> RichText:
    """A visitor's text: links are marked as theirs (nofollow ugc), headings, images and HTML are not a thing."""
    html = f"<p>{markdown}</p>" if _PLAIN.fullmatch(markdown) else _rendered(_comment, markdown, "body")
    return RichText(markdown, _comment_cleaner.clean(html).strip())


def article(markdown: str, field: str = "body") -> RichText:
    """A campaigner's text: headings and citations too."""
    return RichText(markdown, _article_cleaner.clean(_rendered(_article, markdown, field)).strip())


def _rendered(parser: MarkdownIt, markdown: str, field: str) -> str:
    html: str = parser.render(markdown, {"steps": 0, "field": field})
    return html
