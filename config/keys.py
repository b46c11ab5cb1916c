"""Secrets that an installation keeps beside its data when nobody gave it any; a real deployment must give its own."""

import base64
import contextlib
import os
import secrets
import tempfile
from pathlib import Path


def kept(path: Path) -> str:
    """The key in the file, made on first use: 32 random bytes as URL-safe base64, readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent)  # readable by its owner only
        with os.fdopen(descriptor, "w") as file:
            file.write(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # whole or not at all, and the first of two wins
        os.unlink(draft)  # noqa: PTH108
    return path.read_text().strip()


def of_32_bytes(value: str) -> str:
    """The value, once it is URL-safe base64 of exactly 32 bytes; else ValueError, without the value in its message."""
    try:
        size = len(base64.b64decode(value, altchars=b"-_", validate=True))
    except ValueError:
        raise ValueError("must be URL-safe base64") from None
    if size != 32:
        raise ValueError(f"must be 32 bytes in URL-safe base64, not {size}")
    return value
