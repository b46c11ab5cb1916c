"""Finding a browser; `make test` provides one (bin/chromium), a test only looks."""

import os
import shutil
from pathlib import Path

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
# As root there is no sandbox to be had; the rest is talk with its maker.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
]


def find(playwrights_own: str) -> str | None:
    """An installed Chromium, or the one that Playwright fetched."""
    named = [os.environ.get("CHROMIUM") or "", *NAMES]
    installed = (shutil.which(name) for name in named if name)
    return next(filter(None, installed), playwrights_own if Path(playwrights_own).exists() else None)
