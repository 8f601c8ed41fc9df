"""Visibility: of which people and partners the public sees anything, so that `node` tells of nobody else."""

from collections.abc import Iterable

import models
import storage
from auth.viewers import Scope
from models import Partner, Supporter
from models.activity import TICKER_KINDS
from resolvers.context import Context

SCOPES_FOR_PEOPLE = (Scope.MODERATE, Scope.EXPORT, Scope.ERASE)
"""Scopes for work with people, who may be shown nowhere: the author of a held comment, a person who is to be erased."""


async def may_view_supporter(context: Context, supporter: Supporter) -> bool:
    """Show a person to themselves, to staff, and to everyone if the person has a visible comment or a ticker line.

    A badge alone makes nobody public. The ticker names nobody who is shown as "A supporter".
    """
    if supporter.id == context.viewer.supporter_id or any(map(context.viewer.may, SCOPES_FOR_PEOPLE)):
        return True
    return bool(await context.load(_public_people, supporter.id))


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
