"""Resealing: encrypt stored personal data again with the newest key, after a rotation of ENCRYPTION_KEYS.

This covers profiles, waiting mails, and the subjects of host identities; keyed hashes are computed again as well, also
where a release knows more spellings as one mailbox.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import storage
from models import HostIdentity, Mail, Profile, host_sign_in, mails, signatures, supporters
from storage.database import Statement

RESEAL_BATCH_SIZE = 1_000
"""Rows in one transaction."""


async def reseal() -> int:
    """Encrypt with the newest key whatever an older key has encrypted. Return the number of profiles encrypted."""
    await _reseal_table(Mail, mails.SELECT_SEALED_BY_OLDER_KEY, _reseal_mail)
    await _reseal_table(HostIdentity, host_sign_in.SELECT_FOR_RESEALING, _reseal_identity)
    count = await _reseal_table(Profile, supporters.SELECT_SEALED_BY_OLD_KEYS, _reseal_profile)
    await _rehash_emails()
    return count


async def _rehash_emails() -> None:
    """Hash the e-mails again that earlier rules read as another mailbox, in batches, in the order of ids."""
    last_id = 0
    while True:
        async with storage.transaction():
            batch = await storage.read(Profile, supporters.SELECT_WITH_EMAIL, last_id, RESEAL_BATCH_SIZE)
            for profile in batch:
                email_hash = await supporters.rehashed(profile)
                if email_hash != profile.email_hash:
                    await Profile.filter(id=profile.id).update(email_hash=email_hash)
                    await _update_signatures(profile, email_hash)
        if not batch:
            return
        last_id = batch[-1].id


async def _reseal_table(
    model: type[storage.Row], select_batch: Statement, reseal_row: Callable[[Any], Awaitable[None]]
) -> int:
    """Reseal a table in batches, in the order of ids. Return the number of rows resealed."""
    count, last_id, newest_key_id = 0, 0, storage.sealing.keys().newest_key_id
    while True:
        async with storage.transaction():
            batch = await storage.read(model, select_batch, last_id, newest_key_id, RESEAL_BATCH_SIZE)
            for row in batch:
                await reseal_row(row)
        if not batch:
            return count
        count, last_id = count + len(batch), batch[-1].id


async def _reseal_profile(profile: Profile) -> None:
    """Encrypt a profile again, and replace the old hash of its email in the person's signatures."""
    resealed = await supporters.resealed(profile)
    await storage.fetch(supporters.UPDATE_SEALS, *resealed)
    await _update_signatures(profile, resealed[-1])


async def _update_signatures(profile: Profile, email_hash: str | None) -> None:
    await storage.fetch(signatures.UPDATE_EMAIL_HASH, profile.supporter_id, profile.email_hash, email_hash)


async def _reseal_mail(mail: Mail) -> None:
    await Mail.filter(id=mail.id).update(**mails.resealed(mail))


async def _reseal_identity(identity: HostIdentity) -> None:
    subject = storage.sealing.keys().unseal(identity.subject_sealed, host_sign_in.SUBJECT_PLACE)
    resealed = host_sign_in.subject_columns(subject)
    await storage.fetch(host_sign_in.UPDATE_SUBJECT, identity.id, resealed["subject_hash"], resealed["subject_sealed"])
