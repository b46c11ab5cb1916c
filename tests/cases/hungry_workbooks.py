"""The greediest workbooks that the guard lets in, each of a kind."""

import random
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from cases.workbook import guard
from tests.cases.workbooks import list_of

SHEET, STRINGS, STYLES, TYPES = (
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "[Content_Types].xml",
)
Parts = dict[str, bytes]
chance = random.Random(1)  # noqa: S311  nothing secret


def shared_strings_at(name: str) -> bytes:
    """The line of the content types that says where the shared strings stand."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    return f'<Override PartName="{name}" ContentType="{kind}"/>'.encode()


def words(count: int, size: int) -> list[bytes]:
    """So many different words: what repeats itself is refused for what it unpacks to."""
    return [b"%0*x" % (size, chance.getrandbits(4 * size)) for _each in range(count)]


def strings(parts: Parts) -> None:
    """As many shared strings as there may be, as long as they may be together."""
    count = guard.STRINGS.most - 100
    size = guard.STRINGS.size // count - len(b"<si><t></t></si>") - 1
    body = b"".join(b"<si><t>%s</t></si>" % word for word in words(count, size))
    head = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    parts[STRINGS] = head + body + b"</sst>"
    told = shared_strings_at("/xl/sharedStrings.xml")
    parts[TYPES] = parts[TYPES].replace(b"</Types>", told + b"</Types>")


def beside(parts: Parts) -> None:
    """As much as may stand between the rows."""
    between = [b'<x a="%s"/>' % word for word in words(guard.BESIDE_TAGS - 1000, 40)]
    rows = b"".join(b"<row/>" + b"".join(between[first : first + 500]) for first in range(0, len(between), 500))
    parts[SHEET] = parts[SHEET].replace(b"</sheetData>", rows + b"</sheetData>")


def styles(parts: Parts) -> None:
    """As many formats of cells as a part that is read as a whole may hold."""
    formats = b"".join(b'<xf numFmtId="%d"/>' % number for number in range(guard.WHOLE_TAGS - 400))
    old = parts[STYLES]
    end = old.index(b"</cellXfs>")
    parts[STYLES] = old[:end] + formats + old[end:]


def cells(parts: Parts) -> None:
    """Rows of the greatest width, of different texts."""
    row = b"".join(b'<c t="inlineStr"><is><t>%s</t></is></c>' % word for word in words(4000, 12))
    parts[SHEET] = parts[SHEET].replace(b"</sheetData>", (b"<row>" + row + b"</row>") * 60 + b"</sheetData>")


KINDS: dict[str, Callable[[Parts], None]] = {each.__name__: each for each in (strings, beside, styles, cells)}


def workbook(kind: str) -> BytesIO:
    """A good list made greedy."""
    file = BytesIO()
    with ZipFile(list_of({})) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    KINDS[kind](parts)
    with ZipFile(file, "w", ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return file
