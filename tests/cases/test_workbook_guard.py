"""Files that mean harm, or are something else: refused before anything is unpacked at length."""

import re
from io import BytesIO
from secrets import randbelow
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from cases.workbook import ParsedRow, WorkbookRefused, guard, read
from tests.cases.workbooks import GOOD, list_of, region

SHEET = "xl/worksheets/sheet1.xml"
ENTITIES = (
    b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
)
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>"""


def rewritten(**parts: bytes | None) -> BytesIO:
    """The good list with parts of its archive replaced, or (None) removed; `__` stands for `/`, `_dot_` for `.`."""
    changed = BytesIO()
    named = {name.replace("__", "/").replace("_dot_", "."): content for name, content in parts.items()}
    with ZipFile(list_of({})) as old, ZipFile(changed, "w", ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *named}:
            content = named[name] if name in named else old.read(name)
            if content is not None:
                new.writestr(name, content)
    return changed


def sheet() -> bytes:
    with ZipFile(list_of({})) as archive:
        return archive.read(SHEET)


def refused(file: BytesIO) -> str:
    with pytest.raises(WorkbookRefused) as caught:
        list(read(file, region()).rows)
    return caught.value.reason.english


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "This is not a workbook of the kind .xlsx."),
        (b"Nazwisko;Imie\nNowak;Anna\n", "This is not a workbook of the kind .xlsx."),
        (b"%PDF-1.7", "This is not a workbook of the kind .xlsx."),
        (b"PK\x03\x04 and then nothing", "This is not a workbook of the kind .xlsx."),
        (guard.OLE + bytes(600), "This is a workbook of the old kind .xls: save it as .xlsx."),
        (guard.OLE + bytes(600) + guard.OLE_PASSWORD, "The workbook is protected by a password."),
    ],
)
def test_another_kind_of_file_is_told_by_name(content, reason):
    assert refused(BytesIO(content)) == reason


def test_an_archive_of_something_else_is_no_workbook():
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
        archive.writestr("[Content_Types].xml", "<x/>")
    assert refused(file) == "This is not a workbook of the kind .xlsx."


def test_a_workbook_cut_short_is_refused():
    whole = list_of({}).getvalue()
    assert refused(BytesIO(whole[: len(whole) // 2])) == "This is not a workbook of the kind .xlsx."


def test_a_part_that_is_corrupt_is_refused():
    whole = bytearray(list_of({}).getvalue())
    at = whole.index(SHEET.encode()) + len(SHEET) + 40
    whole[at : at + 20] = bytes(20)
    assert refused(BytesIO(bytes(whole))) == "The workbook is damaged, or was not made by a spreadsheet program."


def test_macros_are_refused():
    assert "macros" in refused(rewritten(xl__vbaProject_dot_bin=b"x"))


def test_macros_are_refused_under_another_name_too():
    with ZipFile(list_of({})) as archive:
        types = archive.read("[Content_Types].xml")
    types = types.replace(b"spreadsheetml.sheet.main+xml", b"vnd.ms-excel.sheet.macroEnabled.main+xml")
    assert "macros" in refused(rewritten(**{"[Content_Types]_dot_xml": types}))


@pytest.mark.parametrize("declaration", [ENTITIES, EXTERNAL])
@pytest.mark.parametrize(
    "part", ["xl__workbook_dot_xml", "xl__styles_dot_xml", "docProps__core_dot_xml", "xl__sharedStrings_dot_xml"]
)
def test_entities_are_refused_wherever_they_are_declared(declaration, part):
    assert "damaged" in refused(rewritten(**{part: declaration + b"<x>&b;&a;</x>"}))


@pytest.mark.parametrize("declaration", [ENTITIES, EXTERNAL])
def test_entities_in_a_sheet_are_refused(declaration):
    content = sheet()
    body = content[content.index(b"<worksheet") :].replace("Śliwa".encode(), b"&a;")
    assert "damaged" in refused(rewritten(xl__worksheets__sheet1_dot_xml=declaration + body))


def test_a_declaration_in_another_encoding_is_refused():
    text = (ENTITIES + b"<x>&b;</x>").decode()
    assert "damaged" in refused(rewritten(xl__workbook_dot_xml=text.encode("utf-16")))


def test_a_bomb_is_refused_by_what_its_directory_declares():
    assert "unpack to far more" in refused(rewritten(xl__worksheets__sheet2_dot_xml=b" " * 30_000_000))


def test_a_bomb_beside_the_sheets_is_refused():
    assert "unpack to far more" in refused(rewritten(xl__media__image1_dot_png=b"\0" * 30_000_000))


def test_ten_thousand_entries_are_refused():
    assert "unpack to far more" in refused(rewritten(**{f"xl__x{n}": b"" for n in range(1000)}))


def test_a_row_of_absurd_width_is_refused_without_being_built():
    content = sheet()
    wide = b"".join(b'<c r="A1"><v>%d</v></c>' % n for n in range(60_000))
    assert "unpack to far more" in refused(
        rewritten(xl__worksheets__sheet1_dot_xml=content.replace(b"</row>", wide + b"</row>", 1))
    )


def test_rows_hidden_in_comments_do_not_make_a_wide_row_look_narrow():
    content = sheet()
    wide = b"".join(b'<c r="A1"><v>%d</v></c><!-- <row -->' % randbelow(10**9) for _n in range(20_000))
    assert "damaged" in refused(
        rewritten(xl__worksheets__sheet1_dot_xml=content.replace(b"</row>", wide + b"</row>", 1))
    )


def test_more_rows_than_anybody_has_are_refused():
    content = sheet()
    rows = b"<row/>" * (2 * guard.MAX_ROWS + 1)
    assert "unpack to far more" in refused(
        rewritten(xl__worksheets__sheet1_dot_xml=content.replace(b"</sheetData>", rows + b"</sheetData>"))
    )


def test_a_list_that_is_too_long_is_refused_when_it_gets_there(monkeypatch):
    monkeypatch.setattr("cases.workbook.reader.MAX_ROWS", 2)
    assert refused(list_of(*[{"PESEL": None, "Inny identyfikator": f"X{n}"} for n in range(3)])) == (
        "The list is longer than 2 rows: split it."
    )


@pytest.mark.parametrize("number", ["999999999999", "1048576"])
def test_a_row_that_says_it_stands_far_below_costs_nothing(number):
    content = re.sub(rb'<row r="2"', f'<row r="{number}"'.encode(), sheet())
    assert refused_or_empty(rewritten(xl__worksheets__sheet1_dot_xml=content))


def refused_or_empty(file: BytesIO) -> bool:
    try:
        return not any(isinstance(row, ParsedRow) for row in read(file, region()).rows)
    except WorkbookRefused:
        return True


def test_a_sheet_that_lies_about_its_size_is_read_all_the_same():
    content = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', sheet())
    rows = list(read(rewritten(xl__worksheets__sheet1_dot_xml=content), region()).rows)
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb'<c r="B2"[^>]*>', b'<c r="B2" t="s">'),  # a shared string that is not there
        (rb'<c r="B2"', b'<c r="nonsense"'),
        (rb"<v>\d+</v>", b"<v>1e999</v>"),
        (rb"<v>\d+</v>", b"<v>" + b"9" * 5000 + b"</v>"),
        (rb"</sheetData>", b""),
    ],
)
def test_nonsense_inside_a_sheet_is_damage_or_a_problem_but_never_a_crash(old, new):
    content = re.sub(old, new, sheet(), count=1)
    assert content != sheet()
    assert refused_or_empty(rewritten(xl__worksheets__sheet1_dot_xml=content)) in {True, False}


def test_a_file_that_is_too_large_is_refused_unread(monkeypatch):
    monkeypatch.setattr(guard, "MAX_MEGABYTES", 0)
    assert refused(list_of({})) == "The file is larger than 0 MB."


def test_an_empty_workbook_has_no_headings():
    file = BytesIO()
    Workbook().save(file)
    assert "No row has the headings" in refused(file)


def test_a_harmless_workbook_passes():
    rows = list(read(list_of({}), region()).rows)
    assert [row.last_name for row in rows] == [GOOD["Nazwisko"]]
