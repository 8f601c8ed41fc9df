"""A new key for what is stored sealed: people, mails that wait, and what other issuers call people."""

from collections.abc import Awaitable, Callable
from typing import Any

import storage
from models import Identity, Mail, Profile, host_sign_in, mails, signatures, supporters
from storage.database import Statement

BATCH = 1_000
"""Rows in one transaction."""


async def reseal() -> int:
    """Seal anew, by the first key, what another has sealed; returns how many people that was."""
    await _each(Mail, mails.UNSEALED, _mail)
    await _each(Identity, host_sign_in.UNSEALED, _identity)
    return await _each(Profile, supporters.UNSEALED, _profile)


async def _each(model: type[storage.Row], unsealed: Statement, write: Callable[[Any], Awaitable[None]]) -> int:
    count, last, newest = 0, 0, storage.sealing.keys().newest_key_id
    while True:
        async with storage.transaction():
            batch = await storage.read(model, unsealed, last, newest, BATCH)
            for row in batch:
                await write(row)
        if not batch:
            return count
        count, last = count + len(batch), batch[-1].id


async def _profile(profile: Profile) -> None:
    resealed = supporters.resealed(profile)
    await storage.fetch(supporters.RESEAL, *resealed)
    await storage.fetch(signatures.REHASH, profile.supporter_id, profile.email_hash, resealed[-1])


async def _mail(mail: Mail) -> None:
    await storage.fetch(mails.RESEAL, *mails.resealed(mail))


async def _identity(identity: Identity) -> None:
    kept = host_sign_in.subject(storage.sealing.keys().unseal(identity.subject_sealed, host_sign_in.PLACE))
    await storage.fetch(host_sign_in.RESEAL, identity.id, kept["subject_hash"], kept["subject_sealed"])
