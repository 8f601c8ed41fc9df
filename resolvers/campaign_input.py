"""Campaigners' input: every text, link, picture and list of a campaign is checked before it is stored."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from models import URL, DonationAppeal, Footnote, Image, Outcome, Resource, TimelineEntry
from refusals import invalid
from resolvers import rich_text, screening

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
    columns = {name: _CHECKS[name](value) if name in _CHECKS else value for name, value in given.items()}
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
    return Image(
        screening.url(image.url, field),
        screening.line(image.alt, field, 300),
        screening.line(image.credit, field, 200) if image.credit else None,
    )


def checked_outcome(draft: OutcomeDraft) -> Outcome:
    return Outcome(
        draft.occurred_on,
        screening.line(draft.headline, "outcome", 300),
        rich_text.article(screening.article(draft.summary, "outcome"), "outcome"),
        screening.url(draft.field_report_url, "outcome") if draft.field_report_url else None,
    )


def _checked_length(items: list[Any], field: str) -> list[Any]:
    if len(items) > MAX_LIST_ITEMS:
        raise invalid(f"`{field}` has {len(items)} entries; at most {MAX_LIST_ITEMS} fit.", field)
    return items


def _checked_footnotes(footnotes: list[Footnote]) -> list[Footnote]:
    return [
        Footnote(
            screening.line(footnote.text, "footnotes", 2000),
            screening.url(footnote.url, "footnotes") if footnote.url else None,
            number,
        )
        for number, footnote in enumerate(_checked_length(footnotes, "footnotes"), 1)
    ]


def _checked_timeline(entries: list[TimelineEntry]) -> list[TimelineEntry]:
    checked = [
        replace(entry, title=screening.line(entry.title, "timeline", 300))
        for entry in _checked_length(entries, "timeline")
    ]
    return sorted(checked, key=lambda entry: entry.occurred_on)


def _checked_resources(resources: list[Resource]) -> list[Resource]:
    return [
        replace(
            resource,
            title=screening.line(resource.title, "resources", 300),
            url=screening.url(resource.url, "resources"),
        )
        for resource in _checked_length(resources, "resources")
    ]


def _checked_appeal(appeal: DonationAppeal | None) -> DonationAppeal | None:
    if appeal is None:
        return None
    suggested = _checked_length(appeal.suggested_amounts, "donation")
    if any(screening.safe_int(money.amount_minor, "donation") <= 0 for money in suggested):
        raise invalid("A suggested amount must be more than nothing.", "donation")
    amounts = [replace(money, currency=screening.currency(money.currency, "donation")) for money in suggested]
    prompt = screening.line(appeal.prompt, "donation", 300)
    return replace(appeal, prompt=prompt, url=screening.url(appeal.url, "donation"), suggested_amounts=amounts)


_CHECKS: dict[str, Any] = {
    "title": lambda text: screening.line(text, "title", 200),
    "call_to_action": lambda text: screening.line(text, "callToAction", 300),
    "target": lambda text: screening.line(text, "target", 200),
    "body": lambda text: rich_text.article(screening.article(text, "body")),
    "hero_image": checked_image,
    "footnotes": _checked_footnotes,
    "timeline": _checked_timeline,
    "resources": _checked_resources,
    "donation": _checked_appeal,
}
