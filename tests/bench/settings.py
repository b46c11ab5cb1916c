"""The product's settings beside stock viewflow on its own tables, with guardian's generic grants, on a database of their own."""

import os

from config.settings import *  # noqa: F403
from config.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "viewflow.workflow", "tests.bench"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
NAME = f"test_bench_{DATABASES['default']['NAME']}"
DATABASES["default"]["TEST"] = {"NAME": NAME}
if "IN_BENCH" in os.environ:  # the web and the commands that the measurements start
    DATABASES["default"]["NAME"] = NAME
