"""Campaigners' input: every text, link, picture and list of a campaign is checked before it is stored."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from models import URL, DonationAppeal, Footnote, Image, Money, Outcome, Resource, RichText, TimelineEntry
from refusals import Issues, collect_issues
from resolvers import rich_text, screening

T = TypeVar("T")
MAX_LIST_ITEMS = 100


@dataclass(frozen=True)
class OutcomeDraft:
    """An outcome as a campaigner writes it: its summary is Markdown, not rendered yet."""

    occurred_on: date
    headline: str
    summary: str
    field_report_url: URL | None = None


def checked_columns(given: dict[str, Any]) -> dict[str, Any]:
    """Check the given values, by name of argument, and return what the campaign's columns are to hold."""
    with collect_issues() as issues:
        columns = {
            name: issues.take(_CHECKS[name], value) if name in _CHECKS else value for name, value in given.items()
        }
    if "body" in columns:
        rich = columns.pop("body")
        columns |= {"body_markdown": rich.markdown, "body_html": rich.html}
    return columns


def search_text(title: str, call_to_action: str, target: str) -> str:
    """Return the text that the search of campaigns looks in."""
    return f"{title} {call_to_action} {target}".casefold()


def checked_image(image: Image | None, field: str = "heroImage") -> Image | None:
    if image is None:
        return None
    with collect_issues(field) as issues:
        return Image(
            issues.take(screening.url, image.url, "url"),
            issues.take(screening.line, image.alt, "alt", 300),
            issues.take(screening.line, image.credit, "credit", 200) if image.credit else None,
        )


def checked_outcome(draft: OutcomeDraft) -> Outcome:
    with collect_issues("outcome") as issues:
        return Outcome(
            draft.occurred_on,
            issues.take(screening.line, draft.headline, "headline", 300),
            issues.take(rendered_article, draft.summary, "summary"),
            issues.take(screening.url, draft.field_report_url, "fieldReportUrl") if draft.field_report_url else None,
        )


def rendered_article(text: str, field: str) -> RichText:
    """Check a campaigner's Markdown, and render it."""
    return rich_text.article(screening.article(text, field), field)


def _checked_items(items: list[T], field: str, check: Callable[[T, Issues], T]) -> list[T]:
    """Check each item of a list by a function that collects issues with paths relative to the item."""
    with collect_issues() as issues:
        return [
            issues.take(_checked_item, item, (field, str(place)), check)
            for place, item in enumerate(screening.list_length(items, field, MAX_LIST_ITEMS))
        ]


def _checked_item(item: T, path: tuple[str, ...], check: Callable[[T, Issues], T]) -> T:
    with collect_issues(*path) as issues:
        return check(item, issues)


def _checked_footnotes(footnotes: list[Footnote]) -> list[Footnote]:
    checked = _checked_items(footnotes, "footnotes", _checked_footnote)
    return [replace(footnote, number=number) for number, footnote in enumerate(checked, 1)]


def _checked_footnote(footnote: Footnote, issues: Issues) -> Footnote:
    text = issues.take(screening.line, footnote.text, "text", 2000)
    return Footnote(text, issues.take(screening.url, footnote.url, "url") if footnote.url else None)


def _checked_timeline(entries: list[TimelineEntry]) -> list[TimelineEntry]:
    return sorted(_checked_items(entries, "timeline", _checked_entry), key=lambda entry: entry.occurred_on)


def _checked_entry(entry: TimelineEntry, issues: Issues) -> TimelineEntry:
    return replace(entry, title=issues.take(screening.line, entry.title, "title", 300))


def _checked_resources(resources: list[Resource]) -> list[Resource]:
    return _checked_items(resources, "resources", _checked_resource)


def _checked_resource(resource: Resource, issues: Issues) -> Resource:
    return replace(
        resource,
        title=issues.take(screening.line, resource.title, "title", 300),
        url=issues.take(screening.url, resource.url, "url"),
    )


def _checked_appeal(appeal: DonationAppeal | None) -> DonationAppeal | None:
    if appeal is None:
        return None
    with collect_issues("donation") as issues:
        return DonationAppeal(
            issues.take(screening.line, appeal.prompt, "prompt", 300),
            issues.take(screening.url, appeal.url, "url"),
            issues.take(_checked_items, appeal.suggested_amounts, "suggestedAmounts", _checked_amount),
        )


def _checked_amount(money: Money, issues: Issues) -> Money:
    return Money(
        issues.take(screening.amount, money.amount_minor, "amountMinor", least=1),
        issues.take(screening.currency, money.currency, "currency"),
    )


_CHECKS: dict[str, Any] = {
    "title": lambda text: screening.line(text, "title", 200),
    "call_to_action": lambda text: screening.line(text, "callToAction", 300),
    "target": lambda text: screening.line(text, "target", 200),
    "body": lambda text: rendered_article(text, "body"),
    "hero_image": checked_image,
    "footnotes": _checked_footnotes,
    "timeline": _checked_timeline,
    "resources": _checked_resources,
    "donation": _checked_appeal,
}
