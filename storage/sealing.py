"""Column encryption: texts are encrypted (sealed) before they are stored, and found by a keyed hash.

AES-256-GCM (NIST SP 800-38D) with a random nonce, under a key that HKDF (RFC 5869) derives from each secret. A sealed
text is the key's id, the nonce, and the ciphertext with its tag. The place (column and row) is the associated data, so
that a sealed text moved to another column or row can not be decrypted.
"""

import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from settings import Settings

KEY_ID_BYTES = 4
NONCE_BYTES = 12
_HEADER_BYTES = KEY_ID_BYTES + NONCE_BYTES


class SealedError(Exception):
    """A sealed text can not be decrypted: its key is missing, or the text was altered or moved.

    The message names the place, never the text.
    """


class _Key:
    def __init__(self, secret: bytes) -> None:
        self.id = _derive_key(secret, b"id", KEY_ID_BYTES)
        self.cipher = AESGCM(_derive_key(secret, b"seal"))
        self.lookup = _derive_key(secret, b"lookup")

    def hash(self, text: str) -> str:
        return hmac.digest(self.lookup, text.encode(), "sha256").hex()


def _derive_key(secret: bytes, purpose: bytes, length: int = 32) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"groundswell " + purpose).derive(secret)


class Keys:
    """The encryption keys of a process. The first one seals; all of them unseal."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._keys = [_Key(secret) for secret in secrets]
        self._by_id = {key.id: key for key in self._keys}

    def seal(self, text: str, place: str) -> bytes:
        """Encrypt a text for `place`, which names the table, column and row."""
        key, nonce = self._keys[0], os.urandom(NONCE_BYTES)
        return key.id + nonce + key.cipher.encrypt(nonce, text.encode(), place.encode())

    def unseal(self, sealed: bytes, place: str) -> str:
        key = self._by_id.get(sealed[:KEY_ID_BYTES])
        if key is None:
            raise SealedError(f"{place} is sealed with a key that is not among ENCRYPTION_KEYS")
        try:
            return key.cipher.decrypt(
                sealed[KEY_ID_BYTES:_HEADER_BYTES], sealed[_HEADER_BYTES:], place.encode()
            ).decode()
        except InvalidTag:
            raise SealedError(f"{place} was altered, or comes from another row") from None

    def hash(self, text: str) -> str:
        """Return the HMAC (RFC 2104) of a text under the first key, to look the text up by."""
        return self._keys[0].hash(text)

    def hashes(self, text: str) -> list[str]:
        """Return the hash under each key, to find rows from before a key rotation too."""
        return [key.hash(text) for key in self._keys]

    @property
    def newest_key_id(self) -> bytes:
        """Return the first bytes of everything that the first key sealed."""
        return self._keys[0].id


_settings: Settings | None = None
_keys: Keys | None = None


def use(settings: Settings) -> None:
    """Take the keys from these settings from now on. They are derived at their first use."""
    global _settings, _keys
    _settings, _keys = settings, None


def keys() -> Keys:
    global _keys
    if _keys is None:
        if _settings is None:
            raise RuntimeError("no database is open")
        _keys = Keys(_settings.sealing_secrets)
    return _keys


def seal(text: str | None, column: str, row_id: object) -> bytes | None:
    """Encrypt a text for a column, such as `table.column`, of the row with this id. None stays None."""
    return keys().seal(text, _place(column, row_id)) if text else None


def unseal(sealed: bytes | None, column: str, row_id: object) -> str | None:
    return keys().unseal(sealed, _place(column, row_id)) if sealed else None


def _place(column: str, row_id: object) -> str:
    return f"{column} of {row_id}"
