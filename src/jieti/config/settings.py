"""Settings. Everything that differs between sites comes from the environment: `deploy/README.md` lists every name."""

import os
from pathlib import Path

import django_stubs_ext

from jieti.config.secret import secret_key
from jieti.kit import database_url
from jieti.kit.embedded_postgres import Cluster

django_stubs_ext.monkeypatch()

ROOT = Path(__file__).resolve().parents[3]
DATA_DIR = Path(os.environ.get("JIETI_DATA_DIR", ROOT / "var"))
RULEBOOKS_DIR = Path(os.environ.get("JIETI_RULEBOOKS_DIR", ROOT / "rulebooks"))
JURISDICTION = os.environ.get("JIETI_JURISDICTION", "cn-110116-huairou")
EDITION = os.environ.get("JIETI_EDITION", "2024")

SECRET_KEY = os.environ.get("JIETI_SECRET_KEY") or secret_key(DATA_DIR)
DEBUG = os.environ.get("JIETI_DEBUG") == "1"

# A site that answers to any name but this machine's own is reached over a network: then nothing travels unencrypted.
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]
PUBLIC_HOSTS = [host for host in os.environ.get("JIETI_HOSTS", "").split(",") if host]
ALLOWED_HOSTS = LOOPBACK + PUBLIC_HOSTS
HTTPS_ONLY = bool(PUBLIC_HOSTS)
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in PUBLIC_HOSTS]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS_ONLY else None
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = HTTPS_ONLY
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "jieti.audit",
    "jieti.accounts",
    "jieti.registry",
    "jieti.rulebooks",
    "jieti.determinations",
    "jieti.measures",
    "jieti.directory",
    "axes",
    "csp",
    "procrastinate.contrib.django",
    "django_htmx",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "jieti.config.urls"
WSGI_APPLICATION = "jieti.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "src" / "jieti" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "jieti.web.site.site",
            ],
        },
    }
]

EMBEDDED_POSTGRES = Cluster(DATA_DIR / "postgres")
if "DATABASE_URL" in os.environ:
    DATABASES = {"default": database_url.parse(os.environ["DATABASE_URL"])}
else:
    DATABASES = {"default": EMBEDDED_POSTGRES.settings()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "public/locked.html"
AXES_VERBOSE = False

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# `jieti serve` collects the static files and sets this; without it they are read where they lie, by their own names.
COLLECTED_STATIC = os.environ.get("JIETI_COLLECTED_STATIC") == "1"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [ROOT / "src" / "jieti" / "static"]
WHITENOISE_USE_FINDERS = not COLLECTED_STATIC
WHITENOISE_AUTOREFRESH = DEBUG
_STATIC_BACKEND = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if COLLECTED_STATIC
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC_BACKEND},
}
MEDIA_ROOT = DATA_DIR / "media"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("JIETI_LOG_LEVEL", "WARNING")},
}
