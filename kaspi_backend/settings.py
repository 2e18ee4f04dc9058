"""
Django's settings: everything that differs between installations comes from `environment.py`; the rest is decided here.

https://docs.djangoproject.com/en/5.2/ref/settings/
"""

from datetime import timedelta

from corsheaders.defaults import default_headers
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from kaspi_backend.build import build_of_sources
from kaspi_backend.environment import CHECKOUT, read_environment

ENVIRONMENT = read_environment()

BASE_DIR = CHECKOUT
# Taken once, at the start: it names the code that this process has loaded, whatever lies on the disk later.
BUILD = ENVIRONMENT.build or build_of_sources(BASE_DIR)
DATA_DIR = ENVIRONMENT.data_dir
DATA_DIR.mkdir(parents=True, exist_ok=True)

# --- Core -------------------------------------------------------------------------------------------------------------

SECRET_KEY = ENVIRONMENT.secret_key.get_secret_value()
# Secrets in the database are sealed with its first key; it shows none of them in print.
KEYRING = ENVIRONMENT.keyring
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
ROOT_URLCONF = "kaspi_backend.urls"
WSGI_APPLICATION = "kaspi_backend.wsgi.application"
ASGI_APPLICATION = "kaspi_backend.asgi.application"
AUTH_USER_MODEL = "users.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "kaspi_backend.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "axes",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "landing",
    "users",
    "stores",
    "cabinet",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "users.middleware.seen_middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # Before any view, after all that it asks: the session, the person, the CSRF token.
    "users.middleware.ImpersonationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before allauth's own: the cabinet has its pages.
        "DIRS": [BASE_DIR / "cabinet" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database ---------------------------------------------------------------------------------------------------------

SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA_DIR / "db.sqlite3",
    "OPTIONS": {
        # A deferred transaction that turns from reading to writing fails at once under load; an immediate one waits.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
    # A file, not memory: the tests' servers and workers open it too.
    "TEST": {"NAME": DATA_DIR / "test.sqlite3"},
}

MARIADB = {
    "ENGINE": "django.db.backends.mysql",
    "HOST": ENVIRONMENT.db_host,
    "PORT": ENVIRONMENT.db_port,
    "NAME": ENVIRONMENT.db_name,
    "USER": ENVIRONMENT.db_user,
    "PASSWORD": ENVIRONMENT.db_password.get_secret_value(),
    # Under ASGI each request may run in a thread of its own: kept connections would pile up.
    "CONN_MAX_AGE": 0,
    "OPTIONS": {
        "charset": "utf8mb4",
        "collation": "utf8mb4_uca1400_as_ci",
        "isolation_level": "read committed",
        # Leases and ages are measured by the database's clock; rows hold UTC. The rows that a price list gathers of one
        # product, at a thousand points, are no longer than this.
        "init_command": "SET time_zone = '+00:00', group_concat_max_len = 1048576",
        "connect_timeout": 5,
        "read_timeout": 60,
        "write_timeout": 60,
    },
    "TEST": {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_uca1400_as_ci"},
}

DATABASES = {"default": MARIADB if ENVIRONMENT.db_engine == "mariadb" else SQLITE}

# --- Redis: broker, channels, cache, pace -----------------------------------------------------------------------------

REDIS_URL = ENVIRONMENT.redis
REDIS_TIMEOUTS = {"socket_connect_timeout": 3, "socket_timeout": 5}

CACHES = {
    "default": {
        "BACKEND": "kaspi_backend.cache.LossyRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": REDIS_TIMEOUTS,
    },
    # Tries of passwords and codes are counted in rows: users/throttles.py.
    "throttles": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "users_throttle",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    },
    "used-codes": {
        "BACKEND": "users.throttles.UsedCodes",
        "LOCATION": "users_throttle",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    },
}

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_connect_timeout": 3}],
            # Redis tells what is published to the listeners of all its databases: two installations share no names.
            "prefix": f"kaspi-backend.{ENVIRONMENT.redis_database}",
        },
    },
}

# --- Celery: https://docs.celeryq.dev/en/stable/userguide/configuration.html ------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_RETRY_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than the hardest time limit: a task still running is not handed to a second worker. (The threads of the
    # one-command form know no time limits; there the rows' own claims keep two runs apart.)
    "visibility_timeout": 360,
    # By default a killed worker's task is looked for every 100 s; these make it every 5 s.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "unacked_restore_limit": 500,
    **REDIS_TIMEOUTS,
    "socket_keepalive": True,
}

# --- Sign-in and sessions ---------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"users.passwords.{name}"} for name in ("LongEnough", "UnlikeItsOwner", "NotLeaked", "NotANumber")
]
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "cabinet:home"
LOGOUT_REDIRECT_URL = "account_login"

# https://docs.allauth.org/en/latest/account/configuration.html
ACCOUNT_ADAPTER = "users.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
# Codes of second factors; wrong passwords are counted by axes, below.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/300s/key"}
MFA_ADAPTER = "users.adapters.SecondFactorAdapter"
MFA_TOTP_ISSUER = "kaspi-backend"
MFA_TOTP_TOLERANCE = 1  # A phone's clock may be half a minute off.
MFA_RECOVERY_CODES_SHOW_ONCE = True
# The same flows as JSON for the separate front-end, with the same session cookie; there are no tokens in its place.
HEADLESS_CLIENTS = ["browser"]
# Where the landing page leads who wants to try it.
SIGNUP_URL = "account_signup"
# … and who chooses a tariff there, where people are billed.
PLAN_URL = "cabinet:plan"

# Wrong passwords are counted in the database, so a lost Redis forgets none. Per account *and* address: a stranger's
# guesses never lock out the owner at home.
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "users.addresses.tried_email"
AXES_CLIENT_IP_CALLABLE = "users.addresses.client_address"
# Each sign-in of each person would stay for ever, with address and browser; sessions are listed elsewhere.
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# The middleware would answer a lock-out with a page of its own; here wrong, unknown and locked out get one answer.
SILENCED_SYSTEM_CHECKS = ["axes.W002"]

SERVED_OVER_TLS = ENVIRONMENT.public_url.startswith("https://")
SESSION_COOKIE_NAME = "__Host-session" if SERVED_OVER_TLS else "session"
SESSION_COOKIE_SECURE = SERVED_OVER_TLS
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_NAME = "__Host-csrf" if SERVED_OVER_TLS else "csrf"
CSRF_COOKIE_SECURE = SERVED_OVER_TLS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.public_url] + ([ENVIRONMENT.front_url] if ENVIRONMENT.front_url else [])

# --- The separate front-end at FRONT_URL: this exact origin and no other ----------------------------------------------

CORS_ALLOWED_ORIGINS = [ENVIRONMENT.front_url] if ENVIRONMENT.front_url else []
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = [*default_headers, "if-match"]
CORS_EXPOSE_HEADERS = ["retry-after", "x-csrftoken"]
CORS_URLS_REGEX = r"^/api/"
WEBSOCKET_ORIGINS = CSRF_TRUSTED_ORIGINS

# --- Transport security: https://docs.djangoproject.com/en/5.2/topics/security/ ---------------------------------------

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SERVED_OVER_TLS else None
SECURE_SSL_REDIRECT = SERVED_OVER_TLS
SECURE_HSTS_SECONDS = 31_536_000 if SERVED_OVER_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SERVED_OVER_TLS
SECURE_HSTS_PRELOAD = SERVED_OVER_TLS
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "stores.views.wire.answer_csrf_failure"
# No inline code and no foreign host. The admin's theme and the API's pages bring scripts that need more.
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ("/api/admin/", "/api/docs/"),
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# A store has some hundred points, and a product's page half a dozen fields for each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# --- Languages and time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", "Русский"), ("kk", "Қазақша"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Almaty"

# --- Static files -----------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "media"

# --- REST -------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "stores.views.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["stores.views.wire.StrictJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "stores.views.wire.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "stores.views.wire.answer_error",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "user": "600/min",
        "marketplace": "20/min",
        "classification": "120/min",
        "upload": "60/min",
        "files": "20/min",
        "reviews": "10/hour",
        "purchases": "20/min",
    },
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "kaspi-backend",
    "DESCRIPTION": "Prices on Kaspi.kz: watched, decided, explained. Money is whole tenge, time is UTC.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "DEFAULT_QUERY_MANAGER": "everything",
    # A product may follow a rule, a rule may not; and several models have states or kinds of their own.
    "ENUM_NAME_OVERRIDES": {
        "StrategyEnum": "stores.models.catalogue.Product.Strategy",
        "RuleStrategyEnum": "stores.models.rules.STRATEGIES",
        "StateEnum": "stores.models.prices.ProductPriceUpdate.State",
        "ReplayStateEnum": "stores.models.replay.Replay.State",
        "CardBatchStateEnum": "stores.models.cards.CardBatch.State",
        "NewCardStateEnum": "stores.models.cards.NewCard.State",
        "MerchantTokenStateEnum": "stores.models.merchant.MerchantToken.State",
        "UploadStateEnum": "stores.models.uploads.ProductUpload.State",
        "UploadKindEnum": "stores.models.uploads.ProductUpload.Kind",
        "UploadPageKindEnum": "stores.models.uploads.UploadPage.Kind",
        "OrderStateEnum": "stores.models.orders.Order.State",
        "OrderActionStateEnum": "stores.models.orders.OrderAction.State",
        "OrderActionKindEnum": "stores.models.orders.OrderAction.Kind",
        "PurchaseStateEnum": "users.models.billing.UserPurchase.State",
        "SubscriptionStateEnum": "users.models.billing.UserTariff.State",
        "NotificationKindEnum": "stores.models.notifications.Notification.Kind",
    },
}

# --- Admin ------------------------------------------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": "kaspi-backend",
    "SITE_HEADER": "kaspi-backend",
    "SITE_SUBHEADER": _("Service desk"),
    "SIDEBAR": {"navigation": "kaspi_backend.menu.menu", "show_search": True, "show_all_applications": True},
}

# --- Letters ----------------------------------------------------------------------------------------------------------

# Without a server they are printed with the logs, for whoever runs the installation alone.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if ENVIRONMENT.email_host else 'console'}.EmailBackend"
EMAIL_HOST = ENVIRONMENT.email_host
EMAIL_PORT = ENVIRONMENT.email_port
EMAIL_HOST_USER = ENVIRONMENT.email_user
EMAIL_HOST_PASSWORD = ENVIRONMENT.email_password.get_secret_value()
EMAIL_USE_TLS = ENVIRONMENT.email_security == "starttls"
EMAIL_USE_SSL = ENVIRONMENT.email_security == "tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = ENVIRONMENT.email_from

# --- Logs -------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"secrets": {"()": "kaspi_backend.logs.MaskSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "axes": {"level": "WARNING"},
        # A line for each of many thousand tasks a day tells nobody anything.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.request": {"level": "WARNING"},
    },
}

# --- The market watch: read by services, turned in the environment ----------------------------------------------------

TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
PUBLIC_URL = ENVIRONMENT.public_url
KASPI_URL = ENVIRONMENT.kaspi_url
LOOKS_PER_SECOND = ENVIRONMENT.looks_per_second
# Secret: a proxy's address may hold its password.
EGRESS = [address.get_secret_value() for address in ENVIRONMENT.egress]
LOOK_INTERVAL = timedelta(seconds=ENVIRONMENT.look_interval)
LISTING_SHARE = ENVIRONMENT.listing_share
LISTING_INTERVAL = timedelta(seconds=ENVIRONMENT.listing_interval)
SHORTEST_LOOK_INTERVAL = timedelta(seconds=ENVIRONMENT.shortest_look_interval)
MERCHANT_CALLS_PER_ADDRESS = ENVIRONMENT.merchant_calls_per_address
MERCHANT_CALLS_PER_SECOND = ENVIRONMENT.merchant_calls_per_second
BATCH_SIZE = ENVIRONMENT.batch_size
KEEP_CHANGES = timedelta(days=ENVIRONMENT.keep_changes_days)
CHANGES_PER_HALF_HOUR = ENVIRONMENT.changes_per_half_hour
PUBLISH_INTERVAL = timedelta(seconds=ENVIRONMENT.publish_interval)
FALLS_WITHOUT_SALE = ENVIRONMENT.falls_without_sale
PROPOSAL_LIFETIME = timedelta(seconds=ENVIRONMENT.proposal_lifetime)
PRICE_LISTS_DIR = DATA_DIR / "price-lists"

# --- Files of sellers -------------------------------------------------------------------------------------------------

UPLOADS_DIR = DATA_DIR / "uploads"
UPLOAD_LIMIT = ENVIRONMENT.upload_limit_mb * 1024 * 1024
UPLOADS_OF_STORE = ENVIRONMENT.uploads_of_store_mb * 1024 * 1024
KEEP_UPLOADS = timedelta(days=ENVIRONMENT.keep_uploads_days)
# The first of these counts the bytes as they arrive, whatever page they are sent to.
FILE_UPLOAD_HANDLERS = [
    "stores.views.wire.UploadLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- Plans and payments -----------------------------------------------------------------------------------------------

BILLING = ENVIRONMENT.billing
# To whom invoices are paid; without a name, and an account or a Kaspi number, none are offered.
PAYEE = {
    "name": ENVIRONMENT.payee_name,
    "bin": ENVIRONMENT.payee_bin,
    "iban": ENVIRONMENT.payee_iban,
    "bank": ENVIRONMENT.payee_bank,
    "bic": ENVIRONMENT.payee_bic,
    "kbe": ENVIRONMENT.payee_kbe,
    "knp": ENVIRONMENT.payee_knp,
    "kaspi": ENVIRONMENT.payee_kaspi,
}
TIPTOPPAY_PUBLIC_ID = ENVIRONMENT.tiptoppay_public_id
TIPTOPPAY_SECRET = ENVIRONMENT.tiptoppay_secret.get_secret_value()
TIPTOPPAY_URL = ENVIRONMENT.tiptoppay_url
PAYMENT_SANDBOX = ENVIRONMENT.payment_sandbox
