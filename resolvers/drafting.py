"""What campaigners write, checked piece by piece before it is kept."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from models import (
    URL,
    Campaign,
    DonationAppeal,
    Footnote,
    Image,
    Outcome,
    Resource,
    TimelineEntry,
    campaigns,
)
from refusals import invalid
from resolvers import rich_text, screening
from storage.fields import encode

MOST_ITEMS = 100


@dataclass(frozen=True)
class OutcomeDraft:
    occurred_on: date
    headline: str
    summary: str
    field_report_url: URL | None = None


def fill(row: Campaign, **given: Any) -> None:
    """Put checked values into the row; only those given."""
    for name, value in given.items():
        if name == "body":
            rich = rich_text.article(screening.article(value, "body"))
            row.body_markdown, row.body_html = rich.markdown, rich.html
        else:
            setattr(row, name, _CHECKS[name](value) if name in _CHECKS else value)
    row.search_text = f"{row.title} {row.call_to_action} {row.target}".casefold()


def column(row: Campaign, name: str) -> Any:
    value = getattr(row, name)
    return encode(value) if name in campaigns.VALUES and value is not None else value


def _few(items: list[Any], field: str) -> list[Any]:
    if len(items) > MOST_ITEMS:
        raise invalid(f"`{field}` has {len(items)} entries; at most {MOST_ITEMS} fit.", field)
    return items


def image(image: Image | None, field: str = "heroImage") -> Image | None:
    if image is None:
        return None
    return Image(
        screening.url(image.url, field),
        screening.line(image.alt, field, 300),
        screening.line(image.credit, field, 200) if image.credit else None,
    )


def _footnotes(notes: list[Footnote]) -> list[Footnote]:
    return [
        Footnote(
            screening.line(note.text, "footnotes", 2000),
            screening.url(note.url, "footnotes") if note.url else None,
            number,
        )
        for number, note in enumerate(_few(notes, "footnotes"), 1)
    ]


def _timeline(entries: list[TimelineEntry]) -> list[TimelineEntry]:
    checked = [replace(e, title=screening.line(e.title, "timeline", 300)) for e in _few(entries, "timeline")]
    return sorted(checked, key=lambda entry: entry.occurred_on)


def _resources(resources: list[Resource]) -> list[Resource]:
    return [
        replace(r, title=screening.line(r.title, "resources", 300), url=screening.url(r.url, "resources"))
        for r in _few(resources, "resources")
    ]


def _donation(appeal: DonationAppeal | None) -> DonationAppeal | None:
    if appeal is None:
        return None
    if any(money.amount_minor <= 0 for money in _few(appeal.suggested_amounts, "donation")):
        raise invalid("A suggested amount must be more than nothing.", "donation")
    amounts = [replace(m, currency=screening.currency(m.currency, "donation")) for m in appeal.suggested_amounts]
    prompt = screening.line(appeal.prompt, "donation", 300)
    return replace(appeal, prompt=prompt, url=screening.url(appeal.url, "donation"), suggested_amounts=amounts)


def outcome(draft: OutcomeDraft) -> Outcome:
    return Outcome(
        draft.occurred_on,
        screening.line(draft.headline, "outcome", 300),
        rich_text.article(screening.article(draft.summary, "outcome"), "outcome"),
        screening.url(draft.field_report_url, "outcome") if draft.field_report_url else None,
    )


_CHECKS: dict[str, Any] = {
    "title": lambda text: screening.line(text, "title", 200),
    "call_to_action": lambda text: screening.line(text, "callToAction", 300),
    "target": lambda text: screening.line(text, "target", 200),
    "hero_image": image,
    "footnotes": _footnotes,
    "timeline": _timeline,
    "resources": _resources,
    "donation": _donation,
}
