"""Settings. Everything that differs between installations comes from the environment; see `.env.example`."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env, validate

from config import keys
from config.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules

env = Env()
if not TESTING:  # a deployment's `.env` must not steer the tests to its database
    env.read_env(str(BASE_DIR / ".env"), recurse=False)

# Which installation this is

ENVIRONMENT = env.str("ENVIRONMENT", default="local", validate=validate.OneOf(["local", "production"]))
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = env.path("VAR_DIR", default=BASE_DIR / "var")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=PRODUCTION)


def secret(name: str) -> str:
    """A key from the environment; outside production one kept in `var/keys`."""
    value = env.str(name, default="")
    if PRODUCTION and not value:
        raise ImproperlyConfigured(f"ENVIRONMENT=production needs {name}; see .env.example")
    return value or keys.kept(VAR_DIR / "keys" / name.lower())


def encryption_key(name: str) -> str:
    """A key of 32 bytes in URL-safe base64."""
    try:
        return keys.of_32_bytes(secret(name))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} {error}") from None


SECRET_KEY = secret("SECRET_KEY")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
PII_KEY = encryption_key("PII_KEY")  # encrypts PESEL and the like
PII_KEY_FALLBACKS: list[str] = env.list("PII_KEY_FALLBACKS", default=[])  # still decrypt
PII_INDEX_KEY = encryption_key("PII_INDEX_KEY")  # keyed hash for exact search

# What it is made of

INSTALLED_APPS = [
    "config",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_cotton",
    "django_htmx",
    "csp",
    "pgtrigger",
    "pghistory",
    "guardian",
    "viewflow",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "roles",
    "workflows",
    "cases",
    "cases.participants",
]

MIDDLEWARE = [
    "config.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "roles.middleware.UserLanguageMiddleware",
    "roles.middleware.AskedOnceMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "roles.middleware.SessionLimitsMiddleware",
    "roles.middleware.SecondFactorMiddleware",
    "config.middleware.NoNulMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "roles.navigation.navigation",
            ],
        },
    },
]

# Data

DATABASE_URL = env.str("DATABASE_URL", default="")
if PRODUCTION and not DATABASE_URL:
    raise ImproperlyConfigured("ENVIRONMENT=production needs DATABASE_URL; see .env.example")

OWN_POSTGRES: dict[str, Any] = {
    "ENGINE": "config.postgres",
    "HOST": str(VAR_DIR / ("postgres-test" if TESTING else "postgres")),
    "PORT": 5432,
    "NAME": "spoiwo",
    "USER": "postgres",
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    "CARELESS": TESTING,
}
DATABASES: dict[str, Any] = {"default": OWN_POSTGRES}
if DATABASE_URL:
    DATABASES["default"] = dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)
# In the database, for several processes share it; made by `manage.py createcachetable`.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

MEDIA_ROOT = env.path("MEDIA_ROOT", default=VAR_DIR / "media")  # served by views that ask who is asking, never as files
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# Static files: named by content and compressed once; in tests and while debugging, as they lie in the tree

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
AS_THEY_LIE = DEBUG or TESTING
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = AS_THEY_LIE
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if AS_THEY_LIE
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Who signs in: accounts, second factor, single sign-on, guessing

AUTH_USER_MODEL = "roles.User"
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "roles.passwords.NotOurOwnWords"},
]

ACCOUNT_ADAPTER = "roles.accounts.AccountAdapter"
ACCOUNT_FORMS = {"login": "roles.entrance.EntranceForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Spoiwo: "
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# The key is an account's second factor, whatever the address; of passwords, a name at an address (see `AccountAdapter`).
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,10/15m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)

MFA_ADAPTER = "roles.accounts.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
MFA_TOTP_ISSUER = "Spoiwo"
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Whether roles that see case content must use a second factor; only a demonstration does without.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=PRODUCTION)

SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=30)
SESSION_HOURS = env.int("SESSION_HOURS", default=12)
SESSION_COOKIE_AGE = SESSION_HOURS * 3600

AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_USERNAME_CALLABLE = "roles.accounts.attempted_name"
AXES_CLIENT_IP_CALLABLE = "roles.accounts.client_ip"
AXES_VERBOSE = False
# For how many days it is kept who signed in, or tried to, from which address.
SIGN_IN_LOG_DAYS = env.int("SIGN_IN_LOG_DAYS", default=90)

# How many cases one person may open in an emergency on one day.
EMERGENCIES_A_DAY = env.int("EMERGENCIES_A_DAY", default=3)

# Single sign-on by OpenID Connect with the institution's own identity provider; off without an address.
OIDC_SERVER = env.str("OIDC_SERVER", default="")
# What the provider's token must state (`acr`) for the sign-in to be accepted; empty accepts any.
OIDC_REQUIRED_ACR: list[str] = env.list("OIDC_REQUIRED_ACR", default=[])
SOCIALACCOUNT_ADAPTER = "roles.accounts.SingleSignOnAdapter"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if OIDC_SERVER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": env.str("OIDC_NAME", default="OpenID Connect"),
                "client_id": env.str("OIDC_CLIENT_ID"),
                "secret": env.str("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_SERVER},
            }
        ],
    }

# What the browser is told


def origin(url: str) -> str:
    """Scheme, host and port of an address."""
    scheme, host, *_ = urlsplit(url)
    return f"{scheme}://{host}"


CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # A sign-on form ends in a redirect to the provider.
        "form-action": [SELF, *env.list("SIGN_ON_ORIGINS", default=[origin(OIDC_SERVER)] if OIDC_SERVER else [])],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    "accelerometer": [],
    "camera": [],
    "display-capture": [],
    "geolocation": [],
    "gyroscope": [],
    "magnetometer": [],
    "microphone": [],
    "midi": [],
    "payment": [],
    "usb": [],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True

# How often an hour one person may search, take a list out, and open what is masked for others.
SEARCHES_AN_HOUR = env.int("SEARCHES_AN_HOUR", default=300, validate=validate.Range(min=1))
EXPORTS_AN_HOUR = env.int("EXPORTS_AN_HOUR", default=20, validate=validate.Range(min=1))
REVEALS_AN_HOUR = env.int("REVEALS_AN_HOUR", default=60, validate=validate.Range(min=1))

# Language and time

LANGUAGE_CODE = "pl"
LANGUAGES = [("pl", _("Polish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "Europe/Warsaw"

# Work outside the request (see config/celery.py)

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")  # empty: the queue in the database
QUEUE_PREFIX = env.str("QUEUE_PREFIX", default="")  # keeps apart installations that share a broker
JOB_TIME_LIMIT = env.int("JOB_TIME_LIMIT", default=600)  # seconds, after which a job is killed

# History: every seal is also written here, outside the database
SEALS_FILE = env.path("SEALS_FILE", default=VAR_DIR / "seals" / "seals.jsonl")

# Mail: without a server, files in `var/mail`

# What links in mails begin with.
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{env.int('PORT', default=8000)}").rstrip("/")

EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "workflows.outbox.EmailBackend"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Spoiwo <spoiwo@localhost>")
# A function that takes a number and a text; without a gateway, production offers no text messages.
SMS_BACKEND = env.str("SMS_BACKEND", default="" if PRODUCTION else "cases.sms.to_file")

# What whoever watches sends as `Authorization: Bearer …` to be told by /readyz what is not well; empty: this machine alone.
HEALTH_TOKEN = env.str("HEALTH_TOKEN", default="")

# Log

LOG_FORMATS = ["console", "json"]
LOG_FORMAT = env.str("LOG_FORMAT", default=LOG_FORMATS[PRODUCTION], validate=validate.OneOf(LOG_FORMATS))
LOGGING = logging_settings(level=env.str("LOG_LEVEL", default="INFO"), as_json=LOG_FORMAT == "json")

COTTON_DIR = "components"

# What the accessibility statement says of the institution; dates as 2026-03-31, status "full" or "partial".
ACCESSIBILITY = {
    "institution": env.str("INSTITUTION_NAME", default=""),
    "building": env.str("INSTITUTION_BUILDING", default=""),
    "contact_person": env.str("ACCESSIBILITY_PERSON", default=""),
    "contact_email": env.str("ACCESSIBILITY_EMAIL", default=""),
    "contact_phone": env.str("ACCESSIBILITY_PHONE", default=""),
    "status": env.str("ACCESSIBILITY_STATUS", default="partial"),
    "exceptions": env.str("ACCESSIBILITY_EXCEPTIONS", default=""),
    "published_on": env.date("ACCESSIBILITY_PUBLISHED_ON", default=None),
    "updated_on": env.date("ACCESSIBILITY_UPDATED_ON", default=None),
    "prepared_on": env.date("ACCESSIBILITY_PREPARED_ON", default=None),
    "reviewed_on": env.date("ACCESSIBILITY_REVIEWED_ON", default=None),
}

# Where the source of this very installation can be had (AGPL, section 13).
SOURCE_URL = env.str("SOURCE_URL", default="")
