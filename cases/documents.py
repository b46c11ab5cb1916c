"""Verbs on documents: taking a file in, a new version of it, and handing it out."""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import PurePath
from typing import NoReturn

import puremagic
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.archives import ArchiveError, Limits, has_macros, holds, open_archive
from cases.models import AccessLog, Document
from cases.models.base import may_write
from cases.people import log_access
from roles.models import User
from roles.sealing import SealBrokenError
from roles.services.acting import acting
from workflows.errors import NotYet, NotYou, Refusal, TooLate

log = logging.getLogger(__name__)

MAX_MEGABYTES = 20
OFFICE = "application/vnd.openxmlformats-officedocument"


@dataclass(frozen=True)
class Kind:
    """A kind of file that is taken: its media type, and for zipped ones the folder that proves it."""

    media_type: str
    folder: str = ""


#: By ending. Nothing that a browser would run: no HTML, no SVG, no macros.
KINDS = {
    ".pdf": Kind("application/pdf"),
    ".jpg": Kind("image/jpeg"),
    ".jpeg": Kind("image/jpeg"),
    ".png": Kind("image/png"),
    ".docx": Kind(f"{OFFICE}.wordprocessingml.document", "word"),
    ".xlsx": Kind(f"{OFFICE}.spreadsheetml.sheet", "xl"),
    ".odt": Kind("application/vnd.oasis.opendocument.text", "META-INF"),
}
LIMITS = Limits(entries=2000, total=200_000_000, ratio=200)


class Damaged(Refusal):
    """What lies in the vault is not the file that was stored (500)."""

    status = 500


@transaction.atomic
def store_document(
    document: Document,
    upload: "File[bytes]",
    *,
    by: User,
    at: datetime | None = None,
) -> Document:
    """Take a file in as this new document, or as the next version of the one it replaces; NotYet if it is no good."""
    at = at or timezone.now()
    if not may_write(by, at).filter(pk=document.case_id).exists():
        raise NotYou(_("You may not add documents to this case."))
    content = _content(upload)
    document.name, document.media_type = _safe_name(upload.name), kind_of(upload.name or "", content).media_type
    document.size, document.sha256 = len(content), hashlib.sha256(content).hexdigest()
    document.uploaded_by, document.uploaded_at = by, at
    if document.replaces_id:
        _check_newest(document, document.replaces_id)
    document.full_clean(exclude=["file"])
    document.file.save(document.name, ContentFile(content), save=False)
    with acting(by, at):
        document.save(force_insert=True)
    return document


def open_document(document: Document, *, by: User, reason: str = "", at: datetime | None = None) -> "File[bytes]":
    """The file's content for somebody who may have it; reading a restricted one is logged, with a reason.

    Raises Damaged, and logs it, when the file is gone or is not the one that was stored.
    """
    if not Document.objects.visible_to(by, at).filter(pk=document.pk).exists():
        raise NotYou(_("You may not read this document."))
    if document.is_restricted:
        log_access(AccessLog.What.DOCUMENT, case=document.case, by=by, reason=reason, at=at)
    return ContentFile(_intact(document), name=document.name)


def kind_of(name: str, content: bytes) -> Kind:
    """The kind that both the ending and the content say; NotYet when they disagree or it is not taken."""
    kind = KINDS.get(PurePath(name).suffix.lower())
    if kind is None:
        raise NotYet(_("This kind of file is not taken; send PDF, JPEG, PNG, DOCX, XLSX or ODT."))
    if not _looks_like(kind, name, content):
        raise NotYet(_("The file is not what its name says."))
    return kind


def _intact(document: Document) -> bytes:
    """The content, if it is what was stored."""
    try:
        content: bytes = document.file.storage.open(str(document.file.name)).read()
    except (SealBrokenError, OSError) as error:
        _refuse(document, type(error).__name__)
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), document.sha256):
        _refuse(document, "another SHA-256")
    return content


def _refuse(document: Document, why: str) -> NoReturn:
    log.error("the file of document %s is not what was stored: %s", document.pk, why)
    raise Damaged(_("The file is damaged or was exchanged, so it is not handed out. The administrator has to look."))


def _looks_like(kind: Kind, name: str, content: bytes) -> bool:
    try:
        guesses = puremagic.magic_string(content, name)
    except (puremagic.PureError, ValueError):
        return False
    if not any(guess.mime_type == kind.media_type and guess.byte_match for guess in guesses):
        return False
    return not kind.folder or _is_office_file(kind, content)


def _is_office_file(kind: Kind, content: bytes) -> bool:
    try:
        with open_archive(BytesIO(content), LIMITS) as archive:
            return holds(archive, kind.folder) and not has_macros(archive)
    except ArchiveError:
        return False


def _content(upload: "File[bytes]") -> bytes:
    if upload.size > MAX_MEGABYTES * 1_000_000:
        raise NotYet(_("The file is larger than %(megabytes)s MB.") % {"megabytes": MAX_MEGABYTES})
    upload.seek(0)
    content: bytes = upload.read(MAX_MEGABYTES * 1_000_000 + 1)
    if not content:
        raise NotYet(_("The file is empty."))
    return content


def _safe_name(name: str | None) -> str:
    """The name to show and to send: no folders, no control characters, no marks that turn the writing round."""
    last = PurePath((name or "").replace("\\", "/")).name
    visible = "".join(char for char in last if char.isprintable())
    stem, ending = PurePath(visible).stem, PurePath(visible).suffix
    return f"{stem[:150]}{ending[:10]}" or "file"


def _check_newest(document: Document, replaced: int) -> None:
    old = Document.objects.select_for_update(of=("self",)).get(pk=replaced)
    if old.case_id != document.case_id:
        raise NotYet(_("The document to replace belongs to another case."))
    if Document.objects.filter(replaces=old).exists():
        raise TooLate(_("Somebody has put a newer version in already."))
    document.version = old.version + 1
