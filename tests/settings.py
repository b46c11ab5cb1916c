"""The product's settings, with the room on which the engine is tried."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.errands"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Sentences in tests are the English originals, also on Polish pages; `manage.py messages --check` says whether the catalogue is complete.
LOCALE_PATHS: list[str] = []
