"""Documents: taken in when they are what they say, kept sealed, handed out to those who may."""

import logging
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile

from cases.documents import Damaged, open_document, store_document
from cases.models import AccessLog, Document
from cases.rotation import reseal_files
from cases.storage import ANY_FILE
from roles.sealing import seal
from tests.cases.conftest import at
from tests.cases.test_people import grant
from tests.cases.test_secrets import new_key
from tests.cases.workbooks import list_of
from workflows.errors import NotYet, NotYou, TooLate
from workflows.models import CaseGrant

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
EICAR_LIKE = b"<html><script>alert(1)</script></html>"


def docx(**parts: bytes) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", b'<?xml version="1.0"?><Types/>')
        archive.writestr("word/document.xml", b"<w/>")
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.fixture(autouse=True)
def _files_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def store(case, team):
    def do(content: bytes = PDF, name: str = "umowa.pdf", *, by=None, **facts) -> Document:
        document = Document(case=case, title="Contract", **facts)
        return store_document(document, ContentFile(content, name=name), by=by or team.tutor, at=at())

    return do


def test_a_document_comes_back_as_it_went_in(store, team):
    document = store()
    assert open_document(document, by=team.tutor, at=at()).read() == PDF
    assert (document.name, document.media_type, document.size, document.version) == (
        "umowa.pdf",
        "application/pdf",
        len(PDF),
        1,
    )


def test_the_disk_holds_neither_the_name_nor_the_content(store, settings):
    document = store()
    (path,) = (path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())
    assert PDF not in path.read_bytes()
    assert "umowa" not in str(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(document.file.name) == 35


def test_a_file_has_no_address(store):
    with pytest.raises(NotImplementedError):
        _ = store().file.url


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.pdf", PDF), ("A.PDF", PDF), ("scan.png", PNG), ("p.docx", docx()), ("l.xlsx", list_of({}).getvalue())],
)
def test_these_kinds_are_taken(store, name, content):
    assert store(content, name).pk


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", EICAR_LIKE),
        ("picture.svg", b"<svg onload='alert(1)'/>"),
        ("program.exe", b"MZ" + bytes(100)),
        ("noending", PDF),
        ("page.pdf", EICAR_LIKE),
        ("scan.png", PDF),
        ("scan.pdf", PNG),
        ("empty.pdf", b""),
        ("list.docx", list_of({}).getvalue()),
        ("letter.xlsx", docx()),
        ("letter.docx", docx(**{"word/vbaProject.bin": b"x"})),
        ("letter.docx", b"PK\x03\x04 and nothing"),
        ("umowa.pdf.exe", PDF),
    ],
)
def test_others_are_refused_and_leave_nothing(store, settings, name, content):
    with pytest.raises(NotYet):
        store(content, name)
    assert not Document.objects.exists()
    assert not settings.MEDIA_ROOT.exists()


def test_a_file_that_is_too_large_is_refused(store, monkeypatch):
    monkeypatch.setattr("cases.documents.MAX_MEGABYTES", 0)
    with pytest.raises(NotYet):
        store()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\anna\\umowa.pdf", "umowa.pdf"),
        ("umowa\u202efdp.pdf", "umowafdp.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("ż" * 300 + ".pdf", "ż" * 150 + ".pdf"),
    ],
)
def test_names_are_kept_without_their_tricks(store, name, kept):
    assert store(name=name).name == kept


def test_a_new_version_replaces_the_last_one(store, team):
    first = store()
    second = store(replaces=first)
    assert (second.version, list(Document.objects.current())) == (2, [second])
    assert open_document(first, by=team.tutor, at=at()).read() == PDF
    with pytest.raises(TooLate):
        store(replaces=first)


def test_a_version_of_another_cases_document_is_refused(store, new_errand, team):
    theirs = store_document(
        Document(case=new_errand(), title="x"), ContentFile(PDF, name="x.pdf"), by=team.tutor, at=at()
    )
    with pytest.raises(NotYet):
        store(replaces=theirs)


def test_nobody_adds_documents_to_a_case_out_of_reach(store, near_misses):
    for user in near_misses.values():
        with pytest.raises(NotYou):
            store(by=user)


def test_nobody_reads_documents_of_a_case_out_of_reach(store, near_misses):
    document = store(visibility="all_parties")
    for name in ("next powiat", "next organisation", "until yesterday", "deactivated"):
        with pytest.raises(NotYou):
            open_document(document, by=near_misses[name], at=at())


def test_a_shared_case_shares_what_is_for_all_parties(store, case, near_misses):
    for_all, for_us = store(visibility="all_parties"), store(visibility="team")
    guest = near_misses["next organisation"]
    grant(case, guest, CaseGrant.Kind.SHARED)
    assert list(Document.objects.visible_to(guest, at())) == [for_all]
    with pytest.raises(NotYou):
        open_document(for_us, by=guest, at=at())


def test_a_restricted_document_is_for_some_and_its_reading_is_logged(store, team):
    document = store(is_restricted=True)
    with pytest.raises(NotYou):
        open_document(document, by=team.animator, reason="curious", at=at())
    with pytest.raises(NotYet):
        open_document(document, by=team.coordinator, at=at())
    open_document(document, by=team.coordinator, reason="eligibility", at=at())
    assert AccessLog.objects.get().what == "document"


def test_a_document_that_is_not_restricted_is_not_logged(store, team):
    open_document(store(), by=team.tutor, at=at())
    assert not AccessLog.objects.exists()


def test_rotation_reaches_the_files(store, settings, team):
    document = store()
    settings.PII_KEY, settings.PII_KEY_FALLBACKS = new_key(), [settings.PII_KEY]
    assert (reseal_files(), reseal_files()) == (1, 0)
    settings.PII_KEY_FALLBACKS = []
    assert open_document(document, by=team.tutor, at=at()).read() == PDF


# What lies in the vault


def on_disk(document: Document) -> Path:
    return Path(document.file.path)


def test_a_file_put_in_the_place_of_another_does_not_open(store, team, caplog):
    mine, other = store(), store(PNG, "scan.png")
    on_disk(mine).write_bytes(on_disk(other).read_bytes())
    with caplog.at_level(logging.ERROR), pytest.raises(Damaged):
        open_document(mine, by=team.tutor, at=at())
    assert f"document {mine.pk} is not what was stored" in caplog.text
    assert open_document(other, by=team.tutor, at=at()).read() == PNG


def test_a_file_from_before_names_were_bound_opens_and_is_bound_by_the_next_rotation(store, team):
    document = store()
    on_disk(document).write_bytes(seal(PDF, ANY_FILE))
    assert open_document(document, by=team.tutor, at=at()).read() == PDF
    assert (reseal_files(), reseal_files()) == (1, 0)
    assert open_document(document, by=team.tutor, at=at()).read() == PDF


def test_an_old_file_put_in_the_place_of_another_is_told_by_its_hash(store, team):
    document = store()
    on_disk(document).write_bytes(seal(PNG, ANY_FILE))
    with pytest.raises(Damaged):
        open_document(document, by=team.tutor, at=at())


@pytest.mark.parametrize("content", [b"", b"x", bytes(200)])
def test_a_cut_file_is_refused(store, team, content):
    document = store()
    on_disk(document).write_bytes(content)
    with pytest.raises(Damaged):
        open_document(document, by=team.tutor, at=at())


def test_a_file_that_is_gone_is_refused(store, team):
    document = store()
    on_disk(document).unlink()
    with pytest.raises(Damaged):
        open_document(document, by=team.tutor, at=at())


def test_the_page_says_that_a_file_is_damaged(store, team, client, case):
    document = store()
    on_disk(document).write_bytes(bytes(200))
    client.force_login(team.tutor)
    answer = client.get(f"/documents/{document.pk}/", follow=True)
    assert answer.redirect_chain == [(f"/cases/{case.pk}/documents/", 302)]
    assert "damaged" in answer.content.decode() or "uszkodzony" in answer.content.decode()
