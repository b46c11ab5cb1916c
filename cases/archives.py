"""What a zipped office file declares of itself, judged before anything in it is unpacked."""

import zlib
from dataclasses import dataclass
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

MEGABYTE = 1_000_000


class ArchiveError(ValueError):
    """The file is not an archive, or not one that can be unpacked safely."""


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold; sizes in bytes, unpacked."""

    entries: int = 300
    total: int = 400 * MEGABYTE
    ratio: int = 150


def open_archive(file: IO[bytes], limits: Limits) -> ZipFile:
    """The archive, once its directory keeps within the limits; ArchiveError otherwise.

    Python's `zipfile` never unpacks more of an entry than the directory declares, so the declaration can be relied on.
    """
    try:
        archive = ZipFile(file)
        entries = archive.infolist()
    except (BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise ArchiveError("not an archive") from error
    if len(entries) > limits.entries:
        raise ArchiveError("too many entries")
    if sum(entry.file_size for entry in entries) > limits.total or any(_is_bomb(entry, limits) for entry in entries):
        raise ArchiveError("unpacks to too much")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise ArchiveError("encrypted")
    if len({entry.filename for entry in entries}) < len(entries):
        raise ArchiveError("two entries of one name")
    return archive


def has_macros(archive: ZipFile) -> bool:
    """Whether an office file carries a program, under any name."""
    names = [name.lower() for name in archive.namelist()]
    if any(name.endswith(("vbaproject.bin", "vbadata.xml")) or "macrosheets/" in name for name in names):
        return True
    return b"macroenabled" in _content_types(archive).lower()


def holds(archive: ZipFile, folder: str) -> bool:
    """Whether the archive has a folder of that name: `xl`, `word`."""
    return any(name.startswith(f"{folder}/") for name in archive.namelist())


def _is_bomb(entry: ZipInfo, limits: Limits) -> bool:
    return entry.file_size > MEGABYTE and entry.file_size > limits.ratio * max(entry.compress_size, 1)


def _content_types(archive: ZipFile) -> bytes:
    try:
        with archive.open("[Content_Types].xml") as part:
            return part.read(MEGABYTE)
    except (KeyError, BadZipFile, zlib.error, NotImplementedError, OSError, EOFError):
        return b""
