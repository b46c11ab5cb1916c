"""The parts of a workbook: which there may be, which of them a spreadsheet library reads, and what piles up while it does.

The library goes by content types and relationships, a guard by names: so these must say the same.
"""

import posixpath
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, fromstring
from xml.parsers import expat
from zipfile import ZipFile

from cases.workbook.reasons import IS_DAMAGED, NOT_STANDARD, WorkbookRefused

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHARED_STRINGS, WORKBOOK = "xl/sharedstrings.xml", "xl/workbook.xml"
WORKBOOK_TARGETS = "xl/_rels/workbook.xml.rels"
#: Where office programs put things, and what they put there.
STANDARD = re.compile(
    r"(\[content_types\]\.xml|xl/(embeddings|media|model)/[^/]+"
    r"|(_rels|xl|docprops|docmetadata|customxml)/(|.*(/|\.(xml|rels|vml|bin|png|jpe?g|gif|emf|wmf|svg|tiff?|bmp))))\Z"
)
TEXT = re.compile(r".*\.(xml|rels|vml|svg)\Z")
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml\Z")
CHART = re.compile(r"xl/chartsheets/[^/]+\.xml\Z")

#: What a content type or a kind of relationship ends in, and the one place where such a part stands.
BELONGS: dict[str, re.Pattern[str]] = {
    "main": re.compile(re.escape(WORKBOOK) + r"\Z"),
    "sharedstrings": re.compile(re.escape(SHARED_STRINGS) + r"\Z"),
    "styles": re.compile(r"xl/styles\.xml\Z"),
    "worksheet": SHEET,
    "chartsheet": CHART,
}


def is_standard(name: str) -> bool:
    """Whether office programs write a part of that name."""
    return STANDARD.match(name.lower()) is not None and ".." not in name and "\\" not in name


def is_text(name: str) -> bool:
    """Whether the part is XML that a spreadsheet library might read; what lies in `customXml` belongs to other programs."""
    return TEXT.match(name.lower()) is not None and not name.lower().startswith("customxml/")


def is_sheet(name: str) -> bool:
    """Whether the part is a sheet with rows."""
    return SHEET.match(name.lower()) is not None


def check_targets(archive: ZipFile) -> None:
    """Refuse a workbook whose content types or relationships lead to a part that its name says to be something else.

    Every part was judged before, so these are small and declare no entities.
    """
    for override in _tags(archive, "[Content_Types].xml", "Override"):
        kind = override.get("ContentType", "").lower().removesuffix("+xml").rpartition(".")[2]
        _check_place(kind, override.get("PartName", "").removeprefix("/"))
    targets = {}
    for each in _tags(archive, WORKBOOK_TARGETS, "Relationship"):
        key, kind = each.get("Id", ""), each.get("Type", "").lower()
        if key in targets:
            raise WorkbookRefused(IS_DAMAGED)
        targets[key] = (kind, _resolved(each))
        _check_place(kind.rpartition("/")[2], targets[key][1])
    for sheet in _tags(archive, WORKBOOK, "sheet"):
        for key in (value for name, value in sheet.items() if name.endswith("}id")):
            kind, target = targets.get(key, ("", ""))
            if not (CHART if "chartsheet" in kind else SHEET).match(target.lower()):
                raise WorkbookRefused(NOT_STANDARD)


def _check_place(kind: str, name: str) -> None:
    place = BELONGS.get(kind)
    if place is not None and not place.match(name.lower()):
        raise WorkbookRefused(NOT_STANDARD)


def _resolved(relationship: Element) -> str:
    """The name that the library makes of a target."""
    target = relationship.get("Target", "")
    if relationship.get("TargetMode") == "External":
        return target
    return target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def _tags(archive: ZipFile, wanted: str, tag: str) -> Iterator[Element]:
    """The elements of that name in a part, if it is there under whatever capitals."""
    for name in archive.namelist():
        if name.lower() == wanted.lower():
            root = fromstring(archive.read(name))  # noqa: S314  it declares no entities
            yield from (each for each in root.iter() if each.tag.rpartition("}")[2] == tag)


class Beside:
    """What stands outside the elements of a list, counted while it is read: the library never lets go of it."""

    def __init__(self, name: str) -> None:
        self.tags = self.text = 0
        self._name, self._depth = f"{SPREADSHEET} {name}", 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._say
        self._parser.StartDoctypeDeclHandler = self._refuse

    def read(self, chunk: bytes) -> None:
        """Take the next bytes in; ExpatError for what is no XML."""
        self._parser.Parse(chunk)

    def _begin(self, name: str, _attributes: dict[str, str]) -> None:
        if self._depth or name == self._name:
            self._depth += 1
            self._parser.CharacterDataHandler = None
        else:
            self.tags += 1

    def _end(self, _name: str) -> None:
        if self._depth:
            self._depth -= 1
            if not self._depth:
                self._parser.CharacterDataHandler = self._say

    def _say(self, text: str) -> None:
        self.text += len(text)

    def _refuse(self, *_declaration: object) -> None:
        raise WorkbookRefused(IS_DAMAGED)
