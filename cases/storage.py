"""Where files of cases lie: outside the web root, under random names, encrypted like every other personal value."""

import secrets
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage
from django.db import models

from roles.sealing import is_current, seal, unseal

CONTEXT = "file"


class Vault(FileSystemStorage):
    """Files below MEDIA_ROOT, sealed on disk and opened in memory; there is no address to fetch them from."""

    def _save(self, name: str, content: "File[bytes]") -> str:
        saved: str = super()._save(name, ContentFile(seal(content.read(), CONTEXT)))  # type: ignore[misc]
        return saved

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        return ContentFile(unseal(Path(self.path(name)).read_bytes(), CONTEXT), name=name)

    def url(self, name: str | None) -> str:
        """Refused: files go out through a view that checks who asks."""
        raise NotImplementedError("Files of cases have no address.")

    def reseal(self, name: str) -> bool:
        """Put the file under the first key, the new one in place of the old in one step; whether it was not yet."""
        path = Path(self.path(name))
        token = path.read_bytes()
        if is_current(token):
            return False
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_bytes(seal(unseal(token, CONTEXT), CONTEXT))
        fresh.chmod(0o600)
        fresh.replace(path)
        return True


def random_name(_instance: models.Model, _name: str) -> str:
    """Thirty-two random hexadecimal digits in one of 256 folders, with nothing of the uploaded name."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}"
