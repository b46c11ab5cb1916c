"""Sealing: AES-256-GCM under a ring of keys, and keyed hashes to find sealed values by.

`PII_KEY` encrypts; it and every one of `PII_KEY_FALLBACKS` decrypt; `PII_INDEX_KEY` keys the hashes. Each is 32 bytes
in URL-safe base64. A sealed value is the key's id, a nonce and the ciphertext, bound to the context it is for.
"""

import base64
import hmac
import os
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_ID, NONCE = 4, 12


class SealBrokenError(Exception):
    """A sealed value does not open: its key is gone, or it was altered or moved from another field."""


def seal(plain: bytes, context: str) -> bytes:
    """Encrypt under the first key, bound to a context such as `cases.person.pesel`."""
    key_id, key = next(iter(_ring().items()))
    nonce = os.urandom(NONCE)
    return key_id + nonce + key.encrypt(nonce, plain, context.encode())


def unseal(token: bytes, context: str) -> bytes:
    """Decrypt what was sealed for this context; SealBrokenError otherwise."""
    key = _ring().get(token[:KEY_ID])
    if key is None:
        raise SealBrokenError("The key of this value is not in the ring.")
    try:
        return key.decrypt(token[KEY_ID : KEY_ID + NONCE], token[KEY_ID + NONCE :], context.encode())
    except InvalidTag:
        raise SealBrokenError("This value was altered, or belongs to another field.") from None


def is_current(token: bytes) -> bool:
    """Whether the value is sealed under the first key."""
    return token[:KEY_ID] == next(iter(_ring()))


def keyed_hash(value: str, context: str) -> str:
    """HMAC-SHA256 in hexadecimal: equal for equal values of one context, of no use without PII_INDEX_KEY."""
    return keyed_digest(value, context).hex()


def keyed_digest(value: str, context: str) -> bytes:
    """The same as 32 bytes."""
    key = _bytes_of(_setting("PII_INDEX_KEY"))
    return hmac.new(key, f"{context}\0{value}".encode(), sha256).digest()


def _ring() -> dict[bytes, AESGCM]:
    return _keys((_setting("PII_KEY"), *settings.PII_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _keys(texts: tuple[str, ...]) -> dict[bytes, AESGCM]:
    keys = [_bytes_of(text) for text in texts]
    return {sha256(key).digest()[:KEY_ID]: AESGCM(key) for key in keys}


def _bytes_of(text: str) -> bytes:
    key = base64.urlsafe_b64decode(text)
    if len(key) != 32:
        raise ImproperlyConfigured("A key for personal data must be 32 bytes in URL-safe base64.")
    return key


def _setting(name: str) -> str:
    value: str = getattr(settings, name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: personal data cannot be encrypted.")
    return value
