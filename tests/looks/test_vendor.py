"""What we did not write is what we think it is, licensed, and sufficient for our pages."""

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULES = [path for folder in ("roles", "workflows", "cases", "config") for path in (ROOT / folder).rglob("*.py")]

MANIFEST = dict(
    line.split("  ")[::-1] for line in (VENDOR / "MANIFEST.sha256").read_text(encoding="utf-8").splitlines()
)
SYMBOLS = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
TRIMMED = {
    word
    for line in (VENDOR / "tabler" / "trimmed.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
}


def test_the_manifest_names_every_vendored_file_and_no_other():
    files = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert set(MANIFEST) == files - {"MANIFEST.sha256"}


@pytest.mark.parametrize("name", sorted(MANIFEST))
def test_a_vendored_file_is_unchanged(name):
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == MANIFEST[name]


def test_every_vendored_folder_and_the_icons_carry_their_licence():
    assert all((folder / "LICENSE").is_file() for folder in VENDOR.iterdir() if folder.is_dir())
    assert "MIT License" in (STATIC / "icons-licence.txt").read_text(encoding="utf-8")


def test_every_icon_named_in_a_page_or_a_module_is_in_the_sprite():
    named = set()
    for path in [*TEMPLATES, *MODULES]:
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r'<c-icon\s+name="([a-z0-9-]+)"', text)) | set(
            re.findall(r'\bicon="([a-z0-9-]+)"', text)
        )
    assert named - SYMBOLS == set(), "add them to bin/icons.txt and run bin/make-sprite"


def test_the_sprite_is_made_of_the_icons_listed():
    assert (ROOT / "bin" / "icons.txt").read_text(encoding="utf-8").split() == sorted(SYMBOLS)


def our_classes() -> set[str]:
    """Classes that our own style sheets know."""
    sheets = "".join(path.read_text(encoding="utf-8") for path in (STATIC / "css").glob("*.css"))
    return set(re.findall(r"\.([a-z][a-z0-9-]*)", sheets))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_uses_no_class_that_was_trimmed_from_tabler(path):
    used = {
        word for group in re.findall(r'class="([^"{]*)', path.read_text(encoding="utf-8")) for word in group.split()
    }
    assert {word for word in used - our_classes() if word.split("-")[0] in TRIMMED} == set(), "see bin/make-vendor"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_keeps_to_the_content_security_policy(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=['\"]js:", text), (
        "no inline style, handler or script"
    )
    assert not re.search(r"<script(?![^>]*\ssrc=)", text), "no inline script"
    assert not re.search(r"(?:src|srcset)=[\"']https?://|<link[^>]*https?://", text), (
        "nothing is fetched from elsewhere"
    )


PARTS = [path for path in TEMPLATES if path.name.startswith("_") or "components" in path.parts]


@pytest.mark.parametrize("path", PARTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_part_says_what_it_needs_and_stays_short(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert re.match(r"\{# (Needs|Optional)", lines[0]), "start with {# Needs: … #}"
    assert len(lines) <= 60
