"""Markdown in, safe HTML and plain text out. What people write is never trusted: nh3 decides what may stay."""

import re

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from models import RichText

_TAGS = {"p", "br", "em", "strong", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre", "hr"}
_HEADINGS = {"h2", "h3", "h4"}
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


def comment(markdown: str) -> RichText:
    """A visitor's text: links are marked as theirs (nofollow ugc), headings, images and HTML are not a thing."""
    return _rich(markdown, _comment.render(markdown), _TAGS, "nofollow ugc noopener noreferrer")


def article(markdown: str) -> RichText:
    """A campaigner's text: headings and citations too."""
    return _rich(markdown, _article.render(markdown), _TAGS | _HEADINGS | {"sup"}, "noopener noreferrer")


def _rich(markdown: str, rendered: str, tags: set[str], rel: str) -> RichText:
    html = nh3.clean(
        rendered,
        tags=tags,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=rel,
    ).strip()
    return RichText(markdown, html)
