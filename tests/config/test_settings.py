"""The environment is parsed strictly, documented completely, and nothing is made up where it matters."""

import re
import runpy

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from environs import EnvValidationError

ROOT = settings.BASE_DIR
KEY = "A" * 43 + "="
DEPLOYED = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgres://somebody@db/spoiwo",
    "SECRET_KEY": KEY,
    "PII_KEY": KEY,
    "PII_INDEX_KEY": KEY,
}
READ_BY_GUNICORN = {"FORWARDED_ALLOW_IPS"}


def settings_with(monkeypatch: pytest.MonkeyPatch, tmp_path, **environment: str) -> dict:
    """What the settings file says under that environment."""
    for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"VAR_DIR": str(tmp_path)} | environment).items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "config" / "settings.py"))


def test_every_variable_is_in_the_example_and_the_example_names_no_other():
    code = (ROOT / "config" / "settings.py").read_text() + (ROOT / "config" / "launch.py").read_text()
    read = set(re.findall(r"""(?:env\.\w+|secret|encryption_key)\(\s*["']([A-Z_]+)["']""", code))
    read |= set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "Procfile").read_text()))
    documented = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(read | READ_BY_GUNICORN)


def test_without_any_variable_the_database_and_the_keys_are_our_own(monkeypatch, tmp_path):
    found = settings_with(monkeypatch, tmp_path)
    assert found["DATABASES"]["default"]["ENGINE"] == "config.postgres"
    assert (tmp_path / "keys" / "pii_key").stat().st_mode & 0o777 == 0o600
    assert found["SECRET_KEY"] != found["PII_KEY"] != found["PII_INDEX_KEY"]
    assert settings_with(monkeypatch, tmp_path)["PII_KEY"] == found["PII_KEY"]


@pytest.mark.parametrize("missing", ["DATABASE_URL", "SECRET_KEY", "PII_KEY", "PII_INDEX_KEY"])
def test_production_makes_nothing_up(monkeypatch, tmp_path, missing):
    given = {name: value for name, value in DEPLOYED.items() if name != missing}
    with pytest.raises(ImproperlyConfigured, match=missing):
        settings_with(monkeypatch, tmp_path, **given)
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    ("name", "value"), [("ENVIRONMENT", "prod"), ("DEBUG", "perhaps"), ("PORT", "web"), ("JOB_TIME_LIMIT", "ten")]
)
def test_a_value_that_makes_no_sense_is_refused(monkeypatch, tmp_path, name, value):
    with pytest.raises(EnvValidationError, match=name):
        settings_with(monkeypatch, tmp_path, **{name: value})


@pytest.mark.parametrize("value", ["short", "A" * 43, "A" * 44 + "=", "ą" * 44])
def test_an_encryption_key_of_another_size_is_refused_without_being_shown(monkeypatch, tmp_path, value):
    with pytest.raises(ImproperlyConfigured, match="PII_KEY must be") as refusal:
        settings_with(monkeypatch, tmp_path, PII_KEY=value)
    assert value not in str(refusal.value)


def test_production_speaks_https_and_its_cookies_belong_to_the_host(monkeypatch, tmp_path):
    found = settings_with(monkeypatch, tmp_path, **DEPLOYED)
    assert (found["SESSION_COOKIE_NAME"], found["CSRF_COOKIE_NAME"]) == ("__Host-session", "__Host-csrf")
    assert found["SESSION_COOKIE_SECURE"]
    assert found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_SSL_REDIRECT"]
    assert found["SECURE_HSTS_SECONDS"] >= 31536000
    assert found["SECOND_FACTOR_REQUIRED"]
    assert not found["DEBUG"]


def test_a_socket_folder_with_a_space_arrives_whole(monkeypatch, tmp_path):
    url = "postgres://somebody@%2Fvar%2Frun%20now%2FPG/spoiwo"
    assert settings_with(monkeypatch, tmp_path, DATABASE_URL=url)["DATABASES"]["default"]["HOST"] == "/var/run now/PG"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_what_is_installed_is_pinned_with_hashes_and_without_an_address(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    for requirement in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[\w.\[\],-]+==[^\s;]+", requirement), requirement
        assert "--hash=sha256:" in requirement
