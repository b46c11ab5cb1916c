"""A first visit weighs at most 150 kB over the wire, a later page 15 kB (compressed)."""

import gzip
import re
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders

from tests.factories import make_user

pytestmark = pytest.mark.django_db

ALREADY_COMPRESSED = {".woff2"}


def weight(path: Path) -> int:
    """Bytes over the wire."""
    content = path.read_bytes()
    return len(content) if path.suffix in ALREADY_COMPRESSED else len(brotli.compress(content))


def files_of(html: str) -> set[Path]:
    """Every file that the page fetches, with what its style sheets and its icons fetch."""
    names = {name.split("#")[0] for name in re.findall(r'(?:href|src)="/static/([^"?]+)', html)}
    files = {Path(finders.find(name)) for name in names}
    sheets = [path for path in files if path.suffix == ".css"]
    return files | {
        (sheet.parent / url).resolve()
        for sheet in sheets
        for url in re.findall(r'url\("(\.\.[^"]+)"\)', sheet.read_text("utf-8"))
    }


def test_the_first_page_and_the_later_ones_are_light(client):
    client.force_login(make_user(is_staff=True))
    html = client.get("/styleguide/").content
    page = len(gzip.compress(html))
    files = {path.name: weight(path) for path in files_of(html.decode())}
    assert {"tabler.min.css", "inter-latin.woff2", "inter-latin-ext.woff2", "icons.svg", "htmx-2.min.js"} <= set(files)
    assert page <= 15_000
    assert page + sum(files.values()) <= 150_000, files
