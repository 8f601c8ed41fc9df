"""Visibility: of which people and partners the public sees anything, so that `node` tells of nobody else."""

from collections.abc import Iterable

import models
import storage
from auth.viewers import Scope
from models import Partner, Supporter
from models.activity import TICKER_KINDS
from resolvers.context import Context
from resolvers.ids import alias_id

SCOPES_FOR_PEOPLE = (Scope.MODERATE, Scope.EXPORT, Scope.ERASE)
"""Scopes for work with people, who may be shown nowhere: the author of a held comment, a person who is to be erased."""


async def may_view_supporter(context: Context, supporter: Supporter) -> bool:
    """Show a person to those who may know all of them, and to everyone by a visible comment or a line of a ticker.

    A badge alone makes nobody public. Nobody finds those who are shown as "A supporter".
    """
    if _may_know(context, supporter.id):
        return True
    return supporter.is_named and bool(await context.load(_public_people, supporter.id))


def _may_know(context: Context, supporter_id: int) -> bool:
    """Return whether the viewer is the person, or works with people."""
    return supporter_id == context.viewer.supporter_id or any(map(context.viewer.may, SCOPES_FOR_PEOPLE))


def named(person: Supporter | None) -> Supporter | None:
    """Return a person by whose name others know them; None for one who is shown as "A supporter"."""
    return person if person is not None and person.is_named else None


def as_author(context: Context, person: Supporter, campaign_id: int) -> Supporter:
    """Return the author of comments on a campaign as the viewer may see them.

    A discussion must tell who answers whom, so that one who is shown as "A supporter" has an id too. It is an alias
    for this campaign alone: nobody can link it with comments on another campaign, or look it up.
    """
    if person.is_named or _may_know(context, person.id):
        return person
    alias = object.__new__(Supporter)
    alias.__dict__.update(person.__dict__, id=alias_id(person.id, campaign_id))
    return alias


async def may_view_partner(context: Context, partner: Partner) -> bool:
    """Show a partner that only drafts have to nobody but those who manage campaigns."""
    return context.viewer.may(Scope.MANAGE_CAMPAIGNS) or bool(await context.load(_public_partners, partner.id))


async def visible_partner_ids(context: Context, partner_ids: Iterable[int]) -> set[int]:
    """Return those of the ids that are of a partner which the viewer may view."""
    partners = await storage.by_ids(Partner, set(partner_ids))
    return {partner.id for partner in partners.values() if await may_view_partner(context, partner)}


async def _public_people(supporter_ids: list[int]) -> dict[int, bool]:
    kinds = storage.json_list(sorted(TICKER_KINDS))
    rows = await storage.fetch(models.supporters.SELECT_PUBLIC_SUPPORTERS, storage.json_list(supporter_ids), kinds)
    return {row[0]: True for row in rows}


async def _public_partners(partner_ids: list[int]) -> dict[int, bool]:
    rows = await storage.fetch(models.partners.SELECT_PUBLIC_PARTNERS, storage.json_list(partner_ids))
    return {row[0]: True for row in rows}
