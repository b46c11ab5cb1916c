"""The catalogue of translations, kept without GNU gettext: extracted, completed, checked and compiled by Babel."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ELSEWHERE = {"bin", "build", "docs", "fixtures", "locale", "node_modules", "static", "tests", "var"}
SPEAKING = {".py", ".html", ".txt"}
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# `:label="_('Save')"` of a cotton component is an expression that Django's own extraction does not see.
COTTON_EXPRESSION = re.compile(r"""(?<=\s):[\w-]+=(["'])(_\((?!\1).*?\))\1""")


def sources(root: Path) -> Iterator[Path]:
    """The code and templates that speak to users."""
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and folder.name not in ELSEWHERE and not folder.name.startswith("."):
            yield from sorted(p for p in folder.rglob("*") if p.suffix in SPEAKING and "migrations" not in p.parts)


def extracted(root: Path) -> Catalog:
    """Every string that is marked for translation."""
    catalog = Catalog(charset="utf-8")
    for path in sources(root):
        for _line, message, comments, context in strings_of(path):
            place = (path.relative_to(root).as_posix(), 0)
            catalog.add(message, locations=[place], auto_comments=comments, context=context)
    return catalog


def strings_of(path: Path) -> list[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    """The marked strings of one file."""
    text, method = path.read_text(encoding="utf-8"), "python"
    if path.suffix != ".py":
        # Django turns a template into something like code; Babel's reader of JavaScript is the one that takes it.
        text, method = templatize(COTTON_EXPRESSION.sub(r"{{ \2 }}", text), origin=str(path)), "javascript"
    return list(extract(method, io.BytesIO(text.encode()), KEYWORDS, comment_tags=("Translators",)))


def read(path: Path) -> Catalog:
    """The catalogue in the file; an empty one for the file's language when there is none."""
    if not path.exists():
        return Catalog(locale=path.parts[-3], project="Spoiwo", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file)


def update(path: Path, root: Path) -> Catalog:
    """Take up new strings, let go of unused ones, keep translations."""
    catalog = read(path)
    catalog.update(extracted(root), no_fuzzy_matching=True, update_creation_date=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=100, sort_output=True, include_lineno=False, ignore_obsolete=True)
    return catalog


def problems(path: Path, root: Path) -> Iterator[str]:
    """What keeps the catalogue from being complete: missing, empty, doubtful and unused entries, wrong placeholders."""
    catalog, wanted = read(path), extracted(root)
    for message in wanted:
        if not message.id:
            continue
        entry = catalog.get(message.id, context=message.context)
        if entry is None:
            yield f"not in the catalogue: {message.id!r}"
        elif entry.fuzzy or not is_translated(entry):
            yield f"not translated: {message.id!r}"
    for message in catalog:
        if message.id and wanted.get(message.id, context=message.context) is None:
            yield f"not used any more: {message.id!r}"
    for message, errors in catalog.check():
        yield from (f"{error}: {message.id!r}" for error in errors)


def is_translated(message: Message) -> bool:
    """Whether every form of it has a translation."""
    forms = (message.string,) if isinstance(message.string, str) else message.string or ("",)
    return all(forms)


def compile_catalogue(path: Path) -> bool:
    """Write the binary catalogue beside the text when the text is newer; says whether it did."""
    binary = path.with_suffix(".mo")
    if not path.exists() or (binary.exists() and binary.stat().st_mtime >= path.stat().st_mtime):
        return False
    draft = binary.with_suffix(".partial")
    with draft.open("wb") as file:
        write_mo(file, read(path))
    draft.replace(binary)
    return True
