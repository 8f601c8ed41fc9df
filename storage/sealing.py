"""What could identify a person is sealed before it is stored, so that a copy of the database names nobody.

AES-256-GCM (NIST SP 800-38D) with a random nonce, under a key that HKDF (RFC 5869) derives from each secret. A sealed
text is the key's id, the nonce, and the cipher text with its tag; it opens only in the place that it was sealed for.
"""

import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from settings import Settings

ID, NONCE = 4, 12  # bytes


class SealedError(Exception):
    """What is sealed can't be opened: its key is not there, or it was altered or moved. Says where, never what."""


class _Key:
    def __init__(self, secret: bytes) -> None:
        self.id = _derived(secret, b"id", ID)
        self.cipher = AESGCM(_derived(secret, b"seal"))
        self.lookup = _derived(secret, b"lookup")

    def hash(self, text: str) -> str:
        return hmac.digest(self.lookup, text.encode(), "sha256").hex()


def _derived(secret: bytes, purpose: bytes, length: int = 32) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"groundswell " + purpose).derive(secret)


class Keys:
    """The keys of a process: the first seals, and each opens what it has sealed."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._keys = [_Key(secret) for secret in secrets]
        self._by_id = {key.id: key for key in self._keys}

    def seal(self, text: str, place: str) -> bytes:
        """The text as it is stored at `place`, a name of the table, column and row."""
        key, nonce = self._keys[0], os.urandom(NONCE)
        return key.id + nonce + key.cipher.encrypt(nonce, text.encode(), place.encode())

    def open(self, sealed: bytes, place: str) -> str:
        key = self._by_id.get(sealed[:ID])
        if key is None:
            raise SealedError(f"{place} is sealed with a key that is not among ENCRYPTION_KEYS")
        try:
            return key.cipher.decrypt(sealed[ID : ID + NONCE], sealed[ID + NONCE :], place.encode()).decode()
        except InvalidTag:
            raise SealedError(f"{place} was altered, or comes from another row") from None

    def hash(self, text: str) -> str:
        """What a text is looked up by: its HMAC (RFC 2104), by the first key."""
        return self._keys[0].hash(text)

    def hashes(self, text: str) -> list[str]:
        """The text's hash by each key: rows of before a rotation are found too."""
        return [key.hash(text) for key in self._keys]

    @property
    def newest(self) -> bytes:
        """How everything begins that the first key has sealed."""
        return self._keys[0].id


_settings: Settings | None = None
_keys: Keys | None = None


def use(settings: Settings) -> None:
    """The keys of these settings from now on; derived when the first is needed."""
    global _settings, _keys
    _settings, _keys = settings, None


def keys() -> Keys:
    global _keys
    if _keys is None:
        if _settings is None:
            raise RuntimeError("no database is open")
        _keys = Keys(_settings.sealing_secrets)
    return _keys


def seal(text: str | None, column: str, row: object) -> bytes | None:
    """What a column, such as profiles.email, keeps of a text in the row of this name; of none it keeps nothing."""
    return keys().seal(text, _place(column, row)) if text else None


def unseal(sealed: bytes | None, column: str, row: object) -> str | None:
    return keys().open(sealed, _place(column, row)) if sealed else None


def _place(column: str, row: object) -> str:
    return f"{column} of {row}"
