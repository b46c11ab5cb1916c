"""Files that mean harm, or are something else: refused before anything is unpacked at length."""

import re
import subprocess
import sys
from io import BytesIO
from secrets import randbelow
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.conf import settings
from openpyxl import Workbook

from cases.workbook import ParsedRow, WorkbookRefused, guard, read
from tests.cases.hungry_workbooks import KINDS, shared_strings_at, workbook
from tests.cases.workbooks import GOOD, SAMPLE, list_of, region

SHEET = "xl/worksheets/sheet1.xml"
TYPES, TARGETS = "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
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


# Parts under other names


def moved(part: str, to: str, change=lambda content: content) -> BytesIO:
    """The good list with a part under another name, which content types and relationships follow."""
    file = BytesIO()
    with ZipFile(list_of({})) as old, ZipFile(file, "w", ZIP_DEFLATED) as new:
        parts = {name: old.read(name) for name in old.namelist()}
        parts[to] = change(parts.pop(part))
        for name in (TYPES, TARGETS):
            parts[name] = parts[name].replace(part.encode(), to.encode())
            parts[name] = parts[name].replace(part.removeprefix("xl/").encode(), to.removeprefix("xl/").encode())
        for name, content in parts.items():
            new.writestr(name, content)
    return file


ANEW = "save it as .xlsx anew"


@pytest.mark.parametrize(
    ("part", "to"),
    [
        (SHEET, "xl/sheet1.dat"),
        (SHEET, "xl/sheet1.xml"),
        (SHEET, "xl/media/sheet1.png"),
        (SHEET, "xl/worksheets/deeper/sheet1.xml"),
        (SHEET, "xl/worksheets/../sheet1.xml"),
        (SHEET, "sheets/sheet1.xml"),
        ("xl/workbook.xml", "xl/other.xml"),
        ("xl/styles.xml", "xl/media/styles.png"),
    ],
)
def test_a_part_that_stands_where_no_program_puts_it_is_refused(part, to):
    assert ANEW in refused(moved(part, to))


def test_entities_in_a_sheet_under_another_name_are_refused():
    assert ANEW in refused(moved(SHEET, "xl/sheet1.dat", lambda sheet: ENTITIES + sheet))
    assert "damaged" in refused(moved(SHEET, "xl/sheet1.xml", lambda sheet: ENTITIES + sheet))


def test_shared_strings_that_only_the_content_types_name_are_refused():
    told = shared_strings_at("/xl/media/s.png")
    types = part_of(TYPES).replace(b"</Types>", told + b"</Types>")
    assert ANEW in refused(rewritten(**{"[Content_Types]_dot_xml": types, "xl__media__s_dot_png": b"<sst/>"}))


@pytest.mark.parametrize("mode", [b"", b' TargetMode="External"'])
def test_a_sheet_is_no_picture_whatever_its_relationship_says_it_is(mode):
    targets = part_of(TARGETS).replace(b"relationships/worksheet", b"relationships/image", 1)
    targets = re.sub(rb'Target="[^"]*sheet1.xml"', b'Target="xl/media/sheet1.png"' + mode, targets, count=1)
    file = rewritten(xl___rels__workbook_dot_xml_dot_rels=targets, xl__media__sheet1_dot_png=sheet())
    assert ANEW in refused(file)


def test_a_sheet_that_calls_itself_a_chart_is_not_read_as_a_whole():
    targets = part_of(TARGETS).replace(b"relationships/worksheet", b"relationships/chartsheet", 1)
    assert ANEW in refused(rewritten(xl___rels__workbook_dot_xml_dot_rels=targets))


def test_what_stands_beside_the_rows_is_not_piled_up(monkeypatch):
    between = b"".join(b'<x a="%d"/>' % randbelow(10**9) for _n in range(2000))
    monkeypatch.setattr(guard, "BESIDE_TAGS", 1900)
    content = sheet().replace(b"</sheetData>", between + b"<row/></sheetData>")
    assert "unpack to far more" in refused(rewritten(xl__worksheets__sheet1_dot_xml=content))


def test_words_between_the_rows_are_not_piled_up(monkeypatch):
    monkeypatch.setattr(guard, "BESIDE_TEXT", 900)
    content = sheet().replace(b"</sheetData>", b"x" * 1000 + b"<row/></sheetData>")
    assert "unpack to far more" in refused(rewritten(xl__worksheets__sheet1_dot_xml=content))


def test_rows_of_another_vocabulary_are_none():
    content = sheet().replace(b"</sheetData>", b'<o:row xmlns:o="urn:o"><o:c/></o:row></sheetData>')
    assert len(list(read(rewritten(xl__worksheets__sheet1_dot_xml=content), region()).rows)) == 1


def part_of(name: str) -> bytes:
    with ZipFile(list_of({})) as archive:
        return archive.read(name)


@pytest.mark.parametrize(
    "part",
    [
        "xl/printerSettings/printerSettings1.bin",
        "xl/media/image1.jpeg",
        "xl/embeddings/oleObject1.docx",
        "xl/persons/person.xml",
        "xl/richData/richValueRel.xml",
        "xl/worksheets/_rels/sheet1.xml.rels",
        "docProps/thumbnail.wmf",
        "docMetadata/LabelInfo.xml",
        "customXml/item1.xml",
        "xl/",
    ],
)
def test_what_office_programs_add_does_no_harm(part):
    content = b"<Relationships/>" if part.endswith(".rels") else b"" if part.endswith("/") else b"<x/>"
    file = rewritten(**{part.replace("/", "__").replace(".", "_dot_"): content})
    assert [row.last_name for row in read(file, region()).rows] == [GOOD["Nazwisko"]]


def test_what_another_program_keeps_in_its_own_encoding_does_no_harm():
    mashup = '<?xml version="1.0" encoding="utf-16"?><DataMashup/>'.encode("utf-16")
    assert len(list(read(rewritten(customXml__item1_dot_xml=mashup), region()).rows)) == 1


def test_the_sample_passes():
    with SAMPLE.open("rb") as file:
        guard.check(file)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_greediest_workbook_let_in_is_read_within_300_megabytes(kind, tmp_path):
    file = tmp_path / "greedy.xlsx"
    file.write_bytes(workbook(kind).getvalue())
    command = [sys.executable, "-m", "tests.cases.peak_of_memory", str(file)]
    said = subprocess.run(command, capture_output=True, check=True, text=True, timeout=600, cwd=settings.BASE_DIR)  # noqa: S603
    rows, megabytes = map(int, said.stdout.split())
    assert rows >= 1
    assert megabytes < 300
