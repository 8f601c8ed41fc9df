"""Sealed ids: ids of rows that tell neither the row's number nor an order, and that nobody without the key can make.

A sealed id is one block of AES-128, a keyed permutation of 16 bytes: the tag of the row's type, and the row's id.
Whatever does not decrypt to a known tag was not made with the key. No table stores a sealed id; it is computed when it
is shown.
"""

from base64 import urlsafe_b64decode
from binascii import b2a_base64
from functools import cache, lru_cache
from hashlib import blake2b

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from settings import Settings

KEY_BYTES = BLOCK_BYTES = 16
TAG_BYTES = ROW_ID_BYTES = 8
TEXT_LENGTH = 22  # of 16 bytes as base64 without padding
MAX_CACHED_IDS = 1 << 14  # of each type
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class Permutation:
    """AES of single blocks. Each block is different, so that ECB shows nothing that repeats."""

    def __init__(self, secret: bytes, purpose: bytes) -> None:
        key = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"groundswell " + purpose).derive(secret)
        cipher = Cipher(AES(key), ECB())
        # kept open: to open one takes longer than a hundred blocks
        self.encrypt, self.decrypt = cipher.encryptor().update, cipher.decryptor().update

    def seal(self, tag: bytes, row_id: int) -> str:
        return text_of(self.encrypt(tag + row_id.to_bytes(ROW_ID_BYTES, "big")))

    def unseal(self, text: str) -> tuple[bytes, int] | None:
        """Return the tag and the row id of a text; None if it is not one of 16 bytes. Whoever calls knows the tags."""
        if len(text) != TEXT_LENGTH or not text.isascii():
            return None
        try:
            block = urlsafe_b64decode(text + "==")
        except ValueError:
            return None
        if len(block) != BLOCK_BYTES:
            return None
        opened = self.decrypt(block)
        return opened[:TAG_BYTES], int.from_bytes(opened[TAG_BYTES:], "big")


@lru_cache
def permutation(secret: bytes, purpose: bytes) -> Permutation:
    """Return the permutation for a purpose, under a key that is derived from the secret once."""
    return Permutation(secret, purpose)


def tag_of(name: str) -> bytes:
    """Return the tag of the ids of one type."""
    return blake2b(name.encode(), digest_size=TAG_BYTES).digest()


def text_of(block: bytes) -> str:
    """Return bytes as base64 that is safe in URLs, without padding."""
    return b2a_base64(block, newline=False).translate(_URL_SAFE, b"=").decode()


class SealedIds(dict[int, str]):
    """The sealed ids of one type by row id; a cache, since pages show the same rows again and again."""

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name
        self.tag = tag_of(type_name)

    def __missing__(self, row_id: int) -> str:
        if len(self) >= MAX_CACHED_IDS:
            self.clear()
        sealed = self[row_id] = _permutation().seal(self.tag, row_id)
        return sealed


_by_tag: dict[bytes, SealedIds] = {}


@cache
def ids_of(type_name: str) -> SealedIds:
    """Return the sealed ids of a type, by row id."""
    ids = SealedIds(type_name)
    _by_tag[ids.tag] = ids
    return ids


def unseal(text: str) -> tuple[str, int] | None:
    """Return the type and row id of a sealed id; None for any other text, of a type that is not sealed as well."""
    tag, row_id = _permutation().unseal(text) or (b"", 0)
    ids = _by_tag.get(tag)
    return None if ids is None else (ids.type_name, row_id)


_settings: Settings | None = None
_opened: Permutation | None = None


def use(settings: Settings) -> None:
    """Take the key from these settings from now on. It is derived at its first use."""
    global _settings, _opened
    _settings, _opened = settings, None
    for ids in _by_tag.values():
        ids.clear()


def _permutation() -> Permutation:
    global _opened
    if _opened is None:
        if _settings is None:
            raise RuntimeError("no database is open")
        _opened = permutation(_settings.key, b"global ids")
    return _opened
