"""Where files of cases lie: outside the web root, under random names, encrypted like every other personal value."""

import secrets
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage
from django.db import models

from roles.sealing import SealBrokenError, is_current, seal, unseal

#: What files were bound to before each was bound to its own name; read still, written no more.
ANY_FILE = "file"


class Vault(FileSystemStorage):
    """Files below MEDIA_ROOT, sealed on disk and opened in memory; there is no address to fetch them from.

    Each is bound to its name, so that one put in the place of another does not open.
    """

    def _save(self, name: str, content: "File[bytes]") -> str:
        sealed = ContentFile(seal(content.read(), _bound_to(name)))
        saved: str = super()._save(name, sealed)  # type: ignore[misc]
        if saved != name:  # the seal is for the name that was asked for
            self.delete(saved)
            raise FileExistsError(f"{name} is taken.")
        return saved

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        plain, _is_bound = _opened(Path(self.path(name)).read_bytes(), name)
        return ContentFile(plain, name=name)

    def url(self, name: str | None) -> str:
        """Refused: files go out through a view that checks who asks."""
        raise NotImplementedError("Files of cases have no address.")

    def reseal(self, name: str) -> bool:
        """Put the file under the first key and its own name, in one step; whether it was not yet."""
        path = Path(self.path(name))
        token = path.read_bytes()
        plain, is_bound = _opened(token, name)
        if is_bound and is_current(token):
            return False
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_bytes(seal(plain, _bound_to(name)))
        fresh.chmod(0o600)
        fresh.replace(path)
        return True


def random_name(_instance: models.Model, _name: str) -> str:
    """Thirty-two random hexadecimal digits in one of 256 folders, with nothing of the uploaded name."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}"


def _bound_to(name: str) -> str:
    return f"file:{name}"


def _opened(token: bytes, name: str) -> tuple[bytes, bool]:
    """The content, and whether it was sealed for this name rather than for any file."""
    try:
        return unseal(token, _bound_to(name)), True
    except SealBrokenError:
        return unseal(token, ANY_FILE), False
