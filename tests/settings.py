"""The product's settings, with the room on which the engine is tried."""

import os

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS, QUEUE_PREFIX

INSTALLED_APPS = [*INSTALLED_APPS, "tests.errands"]
# On a broker that others use too, the queues of this run are its own; removed at its end. Its processes are told.
QUEUE_PREFIX = QUEUE_PREFIX or f"tests-{os.getpid()}-"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Sentences in tests are the English originals, also on Polish pages; `manage.py messages --check` says whether the catalogue is complete.
LOCALE_PATHS: list[str] = []
