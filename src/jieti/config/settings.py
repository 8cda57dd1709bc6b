"""Settings. Everything that differs between sites comes from the environment: `deploy/README.md` lists every name."""

import os
import re
from pathlib import Path

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured

from jieti.config.secret import secret_key
from jieti.kit import database_url, request_id
from jieti.kit.embedded_postgres import Cluster

django_stubs_ext.monkeypatch()

ROOT = Path(__file__).resolve().parents[3]
DATA_DIR = Path(os.environ.get("JIETI_DATA_DIR", ROOT / "var"))
RULEBOOKS_DIR = Path(os.environ.get("JIETI_RULEBOOKS_DIR", ROOT / "rulebooks"))
JURISDICTION = os.environ.get("JIETI_JURISDICTION", "cn-110116-huairou")
EDITION = os.environ.get("JIETI_EDITION", "2024")

SECRET_KEY = os.environ.get("JIETI_SECRET_KEY") or secret_key(DATA_DIR)
# Identity numbers, telephones and kept files are encrypted with it; without it a key is made once in the data folder.
DATA_KEY = os.environ.get("JIETI_DATA_KEY", "")
DEBUG = os.environ.get("JIETI_DEBUG") == "1"

# For training and rehearsals the day can be chosen; every page then says so. Never on a site in use.
SIMULATED_CLOCK = os.environ.get("JIETI_SIMULATED_CLOCK") == "1"
CLOCK_FILE = DATA_DIR / "clock"

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
SESSION_COOKIE_AGE = 8 * 60 * 60  # from signing in, however busy
SESSION_IDLE_SECONDS = 30 * 60
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
    "jieti.notices",
    "jieti.registry",
    "jieti.rulebooks",
    "jieti.determinations",
    "jieti.appeals",
    "jieti.recognitions",
    "jieti.measures",
    "jieti.engagement",
    "jieti.directory",
    "jieti.supervision",
    "jieti.dashboards",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "csp",
    "procrastinate.contrib.django",
    "django_htmx",
]

MIDDLEWARE = [
    "jieti.kit.request_id.middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "jieti.directory.conditional.middleware",
    "jieti.web.content_policy.middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "jieti.accounts.sessions.SessionLimits",
    "jieti.accounts.first_password.FirstPasswordDemand",
    "jieti.accounts.second_factor.SecondFactorDemand",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "jieti.web.posting_only.middleware",
    "jieti.web.refusing.RefusalPage",
]

PROCRASTINATE_WORKER_DEFAULTS = {"worker_middleware": [request_id.around_task]}

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
                "jieti.kit.clock.context",
                "jieti.web.inbox.unread",
                "jieti.accounts.second_factor.site",
            ],
        },
    }
]

EMBEDDED_POSTGRES = Cluster(DATA_DIR / "postgres")
if "DATABASE_URL" in os.environ:
    DATABASES = {"default": database_url.parse(os.environ["DATABASE_URL"])}
else:
    DATABASES = {"default": EMBEDDED_POSTGRES.settings()}
DATABASES["default"] |= {"ENGINE": "jieti.config.database", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}  # seconds
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "jieti.accounts.signing_in_passwords.NotAboutOneself",
        "OPTIONS": {"user_attributes": ("username", "display_name", "email")},
    },
    {"NAME": "jieti.accounts.signing_in_passwords.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "jieti.accounts.signing_in_passwords.NotCommon"},
    {"NAME": "jieti.accounts.signing_in_passwords.NotNumbersAlone"},
    {"NAME": "jieti.accounts.first_password.NewPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "public:home"
LOGOUT_REDIRECT_URL = "/"

LOCKED_MINUTES = 15
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = LOCKED_MINUTES / 60  # hours
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the page says until when: further tries do not move it
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "jieti.web.public.entrance.locked"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

# Whether those who work here owe a second factor: `required`, or `optional` for a demonstration.
SECOND_FACTOR = os.environ.get("JIETI_SECOND_FACTOR", "required")
if SECOND_FACTOR not in {"required", "optional"}:
    raise ImproperlyConfigured("JIETI_SECOND_FACTOR is neither `required` nor `optional`")
ACCOUNT_ADAPTER = "jieti.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {
    "login": "jieti.accounts.signing_in_forms.SignInForm",
    "reauthenticate": "jieti.accounts.signing_in_forms.ConfirmForm",
    "change_password": "jieti.accounts.signing_in_forms.NewPasswordForm",
}
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",  # wrong passwords are django-axes' matter
    "login_failed": f"5/{LOCKED_MINUTES}m/key",  # wrong codes of an account
}
MFA_ADAPTER = "jieti.accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "个体工商户分型分类服务平台"
MFA_TOTP_PERIOD = 30  # seconds
MFA_TOTP_TOLERANCE = 1  # periods before and after, for clocks that go wrong
MFA_FORMS = {
    "authenticate": "jieti.accounts.signing_in_forms.CodeForm",
    "reauthenticate": "jieti.accounts.signing_in_forms.CodeAgainForm",
    "activate_totp": "jieti.accounts.signing_in_forms.SetUpAppForm",
    "add_webauthn": "jieti.accounts.signing_in_forms.AddPasskeyForm",
}
SOCIALACCOUNT_ADAPTER = "jieti.web.public.identity.IdentityAdapter"
IDENTITY_PLATFORMS = {
    "officers": {
        "name": "政务统一身份平台",
        "url": os.environ.get("JIETI_OFFICER_OIDC_URL", ""),
        "client": os.environ.get("JIETI_OFFICER_OIDC_ID", ""),
        "secret": os.environ.get("JIETI_OFFICER_OIDC_SECRET", ""),
        "scope": os.environ.get("JIETI_OFFICER_OIDC_SCOPE", "openid profile"),
    },
    "proprietors": {
        "name": "实名身份平台",
        "url": os.environ.get("JIETI_PROPRIETOR_OIDC_URL", ""),
        "client": os.environ.get("JIETI_PROPRIETOR_OIDC_ID", ""),
        "secret": os.environ.get("JIETI_PROPRIETOR_OIDC_SECRET", ""),
        "scope": os.environ.get("JIETI_PROPRIETOR_OIDC_SCOPE", "openid profile"),
    },
}
IDENTITY_PLATFORMS = {key: platform for key, platform in IDENTITY_PLATFORMS.items() if platform["url"]}
if any(
    not re.match(r"https://|http://(127\.0\.0\.1|localhost)[:/]", one["url"]) for one in IDENTITY_PLATFORMS.values()
):
    raise ImproperlyConfigured("an identity platform is reached by https:// alone")
OFFICER_CLAIM = os.environ.get("JIETI_OFFICER_OIDC_CLAIM", "sub")
NAME_CLAIM = os.environ.get("JIETI_PROPRIETOR_OIDC_NAME_CLAIM", "name")
IDENTITY_CLAIM = os.environ.get("JIETI_PROPRIETOR_OIDC_IDENTITY_CLAIM", "identity_number")

# Spent codes and counted tries have to be known to every server process.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    },
    # Public pages as last made, by what was published last (KEPT_PAGES_SECONDS): each server process keeps its own.
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 1_000},
    },
}

KEPT_PAGES_SECONDS = 1.0
"""How old a kept page may be when something is published, and what pages say of the site when its rulebook's files
change: so often each process looks."""

# Notices leave the house by mail server and text-message gateway; without them they are written into the data folder.
SITE_URL = os.environ.get("JIETI_SITE_URL") or (
    f"https://{PUBLIC_HOSTS[0]}" if PUBLIC_HOSTS else "http://127.0.0.1:8000"
)
EMAIL_HOST = os.environ.get("JIETI_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("JIETI_SMTP_PORT", "465"))
EMAIL_HOST_USER = os.environ.get("JIETI_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("JIETI_SMTP_PASSWORD", "")
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = not EMAIL_USE_SSL
EMAIL_TIMEOUT = 30  # seconds
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("JIETI_MAIL_FROM", "notices@localhost")
SMS_GATEWAY = os.environ.get("JIETI_SMS_GATEWAY", "jieti.notices.gateways.FileGateway")

LANGUAGE_CODE = "zh-hans"
FORMAT_MODULE_PATH = "jieti.config.formats"
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
