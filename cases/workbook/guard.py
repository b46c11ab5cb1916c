"""Whether a file is a workbook that can be read without harm: judged before a spreadsheet library sees it."""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, ZipFile

from cases.archives import MEGABYTE, ArchiveError, Limits, has_macros, holds, open_archive
from cases.workbook.parts import SHARED_STRINGS, Beside, check_targets, is_sheet, is_standard, is_text
from cases.workbook.reasons import (
    HAS_MACROS,
    IS_DAMAGED,
    IS_PROTECTED,
    NOT_A_WORKBOOK,
    NOT_STANDARD,
    OLD_WORKBOOK,
    TOO_LARGE,
    UNPACKS_TO_TOO_MUCH,
    WorkbookRefused,
)

MAX_MEGABYTES = 50
MAX_ROWS = 100_000
LIMITS = Limits()

#: The first bytes of an OLE container: an old .xls, or any office file under a password.
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLE_PASSWORD = "EncryptedPackage".encode("utf-16-le")

ENCODING = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([\w-]+)["']""")
DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
END_OF_ROWS = re.compile(rb"<(?:/(?:\w+:)?sheetData\s*|(?:\w+:)?sheetData\s*/)>")
CHUNK = 200_000
OVERLAP = 32


@dataclass(frozen=True)
class Repeated:
    """A part that is one long list: what its elements are called, how many there may be, and its size when unpacked."""

    name: str
    most: int
    size: int

    @property
    def begins(self) -> re.Pattern[bytes]:
        """How one of its elements begins."""
        return re.compile(rb"<(?:\w+:)?" + self.name.encode() + rb"[\s/>]")


ROWS = Repeated("row", 2 * MAX_ROWS, LIMITS.total)
STRINGS = Repeated("si", 600_000, 40 * MEGABYTE)
#: What else the library reads into memory as a whole: how large it may be, and of how many tags.
WHOLE = re.compile(
    r"(\[content_types\]\.xml|.*\.rels|xl/(workbook|styles)\.xml|docprops/.*\.xml|xl/(theme|chartsheets)/[^/]*\.xml)\Z"
)
WHOLE_SIZE, WHOLE_TAGS = 2 * MEGABYTE, 50_000
AFTER_ROWS = 4 * MEGABYTE
#: What of a list stands outside its elements stays in the library's memory: tags, and text in bytes.
BESIDE_TAGS, BESIDE_TEXT = 100_000, 4 * MEGABYTE


def check(file: IO[bytes]) -> None:
    """Pass a harmless .xlsx in silence; WorkbookRefused says what is wrong with anything else."""
    file.seek(0, 2)
    if file.tell() > MAX_MEGABYTES * MEGABYTE:
        raise WorkbookRefused(TOO_LARGE, megabytes=MAX_MEGABYTES)
    _check_first_bytes(file)
    try:
        with open_archive(file, LIMITS) as archive:
            _check_kind(archive)
            for name in archive.namelist():
                _check_part(archive, name)
            check_targets(archive)
    except ArchiveError as error:
        known = {"encrypted": IS_PROTECTED, "not an archive": NOT_A_WORKBOOK}
        raise WorkbookRefused(known.get(str(error), UNPACKS_TO_TOO_MUCH)) from error
    except (
        BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        NotImplementedError,
        ValueError,
        ExpatError,
        ParseError,
    ) as error:
        raise WorkbookRefused(IS_DAMAGED) from error
    finally:
        file.seek(0)


def _check_first_bytes(file: IO[bytes]) -> None:
    file.seek(0)
    head = file.read(8)
    if head == OLE:
        protected = OLE_PASSWORD in head + file.read(4 * MEGABYTE)
        raise WorkbookRefused(IS_PROTECTED if protected else OLD_WORKBOOK)
    if not head.startswith(b"PK\x03\x04"):
        raise WorkbookRefused(NOT_A_WORKBOOK)


def _check_kind(archive: ZipFile) -> None:
    if not holds(archive, "xl") or "[Content_Types].xml" not in archive.namelist():
        raise WorkbookRefused(NOT_A_WORKBOOK)
    if has_macros(archive):
        raise WorkbookRefused(HAS_MACROS)


def _check_part(archive: ZipFile, name: str) -> None:
    """Judge a part by what the library would take it for; `check_targets` sees to it that it takes it for nothing else."""
    lower = name.lower()
    if not is_standard(name):
        raise WorkbookRefused(NOT_STANDARD)
    if is_sheet(name):
        _check_list(archive, name, ROWS)
    elif lower == SHARED_STRINGS:
        _check_list(archive, name, STRINGS)
    elif WHOLE.match(lower):
        _check_whole(archive, name)
    elif is_text(name):
        _check_declarations(_windows(archive, name))


def _check_whole(archive: ZipFile, name: str) -> None:
    if archive.getinfo(name).file_size > WHOLE_SIZE:
        raise WorkbookRefused(UNPACKS_TO_TOO_MUCH)
    windows = list(_windows(archive, name))
    _check_declarations(windows)
    if sum(window.count(b"<") for window in windows) > WHOLE_TAGS:
        raise WorkbookRefused(UNPACKS_TO_TOO_MUCH)


def _check_declarations(windows: Iterable[bytes]) -> None:
    if any(DECLARATION.search(window) for window in windows):
        raise WorkbookRefused(IS_DAMAGED)


def _check_list(archive: ZipFile, name: str, repeated: Repeated) -> None:
    """Refuse comments, CDATA and declarations, too many elements, elements of absurd size, and too much around them.

    The library holds one element of the list at a time, and whatever stands beside them for good. With comments and CDATA refused,
    what looks like the beginning of an element is one: two chunks without any belong to an element, or to what surrounds the list,
    of absurd size.
    """
    if archive.getinfo(name).file_size > repeated.size:
        raise WorkbookRefused(UNPACKS_TO_TOO_MUCH)
    beside = Beside(repeated.name)
    count = barren = after = taken = 0
    for window in _windows(archive, name):
        if b"<!" in window:
            raise WorkbookRefused(IS_DAMAGED)
        beside.read(window[min(taken, OVERLAP) :])
        taken += len(window)
        found = len(repeated.begins.findall(window))
        count, barren = count + found, 0 if found else barren + 1
        if after or END_OF_ROWS.search(window):
            after += len(window)
            barren = 0
        too_much = beside.tags > BESIDE_TAGS or beside.text > BESIDE_TEXT
        if count > repeated.most or barren > 1 or after > AFTER_ROWS or too_much:
            raise WorkbookRefused(UNPACKS_TO_TOO_MUCH)


def _windows(archive: ZipFile, name: str) -> Iterator[bytes]:
    """The part in chunks that overlap a little; refused unless it is UTF-8, as every office program writes."""
    tail = b""
    with archive.open(name) as part:
        for chunk in iter(lambda: part.read(CHUNK), b""):
            window = tail + chunk
            encoding = None if tail else ENCODING.search(window[:200])
            if b"\0" in window or (encoding and encoding[1].lower() not in {b"utf-8", b"us-ascii", b"ascii"}):
                raise WorkbookRefused(IS_DAMAGED)
            yield window
            tail = window[-OVERLAP:]
