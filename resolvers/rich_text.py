"""Render markdown as sanitised HTML. User input is never trusted: nh3 removes every tag that is not allowed."""

import re

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from models import RichText
from refusals import ProblemCode, Refusal

MAX_PARSER_STEPS = 40_000
"""Rendering 100,000 characters full of links and lists takes 31,000 steps; hostile texts take many millions."""
MAX_HTML_PER_CHARACTER = 6
"""Maximum characters of HTML for each character of a text: ampersands take five, nested quotes and links up to 27."""
FREE_CHARACTERS = 1_000
"""A shorter text may have the HTML of a text of this length."""

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
_WITHOUT_MARKUP = re.compile(r'[^\W\d_][^\n\r\0\\`~*_\[\]<>&"]*(?<!\s)')
"""Matches a line without markup, which needs no parser: it begins with a letter and holds no special character."""
_CITATION = re.compile(r"\[\^(\d{1,3})\]")


def _cite(state: StateInline, silent: bool) -> bool:
    """Render `[^1]` in a campaign's body as a link to the first footnote."""
    match = _CITATION.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = f'<sup><a href="#fn-{match[1]}">{match[1]}</a></sup>'
    state.pos = match.end()
    return True


def _inline_step(state: StateInline, silent: bool) -> bool:
    return _count_step(state)


def _block_step(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    return _count_step(state)


def _count_step(state: StateInline | StateBlock) -> bool:
    """Count the positions at which markdown-it tries its rules, and stop at the limit. This rule never matches."""
    state.env["steps"] += 1
    if state.env["steps"] > MAX_PARSER_STEPS:
        raise _too_intricate(state.env["field"])
    return False


def _too_intricate(field: str) -> Refusal:
    message = "The text is too intricate to be shown: use fewer brackets, asterisks, quotes, lists and short lines."
    return Refusal(ProblemCode.REJECTED_CONTENT, message, field)


def _limit_steps(parser: MarkdownIt) -> None:
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
_limit_steps(_comment)
_limit_steps(_article)


def comment(markdown: str) -> RichText:
    """Render a visitor's text: links are marked as user content (nofollow ugc); no headings, images or HTML."""
    html = f"<p>{markdown}</p>" if _WITHOUT_MARKUP.fullmatch(markdown) else _render(_comment, markdown, "body")
    return _rich_text(markdown, _comment_cleaner.clean(html), "body")


def article(markdown: str, field: str = "body") -> RichText:
    """Render a campaigner's text: headings and citations are allowed too."""
    return _rich_text(markdown, _article_cleaner.clean(_render(_article, markdown, field)), field)


def _rich_text(markdown: str, html: str, field: str) -> RichText:
    """Return the text, or refuse it if its HTML is far longer: the cost of an answer counts on such a bound."""
    if len(html) > MAX_HTML_PER_CHARACTER * max(len(markdown), FREE_CHARACTERS):
        raise _too_intricate(field)
    return RichText(markdown, html.strip())


def _render(parser: MarkdownIt, markdown: str, field: str) -> str:
    html: str = parser.render(markdown, {"steps": 0, "field": field})
    return html
