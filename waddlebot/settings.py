"""The one settings file. The environment differs, the code does not (contract 7)."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from redis.backoff import NoBackoff
from redis.retry import Retry

from waddlebot import __version__
from waddlebot.lib.env import BadSettingError, Env
from waddlebot.lib.logging import configuration
from waddlebot.schedule import beat_schedule

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = __version__

SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
DEBUG = False
PUBLIC_URL = env.web_url("PUBLIC_URL", "http://127.0.0.1:8000")
OVERLAY_URL = env.web_url("OVERLAY_URL", "http://127.0.0.1:8027")
ALLOWED_HOSTS = [
    *env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]"),
    *(urlsplit(url).hostname or "" for url in (PUBLIC_URL, OVERLAY_URL)),
]
INTERNAL_NETWORKS = env.networks("INTERNAL_NETWORKS", "127.0.0.0/8,::1/128")
# Gateways whose word about the client counts; the first one is often on the same machine.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES", "127.0.0.0/8,::1/128")
HTTPS = PUBLIC_URL.startswith("https://")

SESSION_TTL = env.number("SESSION_TTL", 3600, least=1)
COLLECTOR_LEASE_S = env.number("COLLECTOR_LEASE_S", 360, least=10, most=86_400)
ROUTER_MAX_WORKERS = env.number("ROUTER_MAX_WORKERS", 20, least=1, most=1000)
ROUTER_MAX_CONCURRENT = env.number("ROUTER_MAX_CONCURRENT", 100, least=1, most=100_000)
ROUTER_FAST_PATH = env.flag("ROUTER_FAST_PATH", default=True)
HOOK_DISABLED_AFTER_H = env.number("HOOK_DISABLED_AFTER_H", 24, least=1, most=720)
ERASURE_DAYS = env.number("ERASURE_DAYS", 7, least=0, most=30)
CACHE_TTL = env.number("CACHE_TTL", 300, least=1)
STAGED_USER_DAYS = env.number("STAGED_USER_DAYS", 365, least=0, most=36_500)
BULK_OPERATION_SIZE = env.number("BULK_OPERATION_SIZE", 1000, least=1, most=100_000)
LABELS_PER_COMMUNITY = env.number("LABELS_PER_COMMUNITY", 100, least=0, most=100_000)
LABELS_PER_OBJECT = env.number("LABELS_PER_OBJECT", 50, least=0, most=100_000)
LABELS_IMPORT_MAX_MB = env.number("LABELS_IMPORT_MAX_MB", 4096, least=1, most=1_000_000)
MAX_WORKERS = env.number("MAX_WORKERS", 20, least=1, most=1000)
VERIFICATION_CODE_LENGTH = env.number("VERIFICATION_CODE_LENGTH", 6, least=6, most=12)
ENGINE_ALLOWED_HOSTS = env.words("ENGINE_ALLOWED_HOSTS")
ENGINE_LAMBDA_FUNCTIONS = env.words("ENGINE_LAMBDA_FUNCTIONS")
ENGINE_LAMBDA_ROLES = env.words("ENGINE_LAMBDA_ROLES")
ENGINE_OPENWHISK_ACTIONS = env.words("ENGINE_OPENWHISK_ACTIONS")
OPENWHISK_API_HOST = env.web_url("OPENWHISK_API_HOST")
OPENWHISK_AUTH_KEY = env.token("OPENWHISK_AUTH_KEY")
OPENWHISK_NAMESPACE = env.text("OPENWHISK_NAMESPACE", "_")

TWITCH_API_URL = env.web_url("TWITCH_API_URL", "https://api.twitch.tv")
TWITCH_ID_URL = env.web_url("TWITCH_ID_URL", "https://id.twitch.tv")
TWITCH_CLIENT_ID = env.token("TWITCH_CLIENT_ID")
TWITCH_CLIENT_SECRET = env.token("TWITCH_CLIENT_SECRET")
TWITCH_BOT_USER_ID = env.token("TWITCH_BOT_USER_ID")
TWITCH_BOT_TOKEN = env.token("TWITCH_BOT_TOKEN")
TWITCH_BOT_REFRESH_TOKEN = env.token("TWITCH_BOT_REFRESH_TOKEN")
TWITCH_CHAT_RATE = env.number("TWITCH_CHAT_RATE", 20, least=1, most=7500)
TWITCH_EVENTSUB_SECRET = env.secrets("TWITCH_EVENTSUB_SECRET", least=10, most=100)
DISCORD_API_URL = env.web_url("DISCORD_API_URL", "https://discord.com/api/v10")
DISCORD_PUBLIC_KEY = env.ed25519_key("DISCORD_PUBLIC_KEY")
DISCORD_BOT_TOKEN = env.token("DISCORD_BOT_TOKEN")
SLACK_API_URL = env.web_url("SLACK_API_URL", "https://slack.com/api")
SLACK_BOT_TOKEN = env.token("SLACK_BOT_TOKEN")
SLACK_SIGNING_SECRET = env.secrets("SLACK_SIGNING_SECRET", least=10, most=100)
KICK_PUBLIC_KEY = env.rsa_key("KICK_PUBLIC_KEY")

LOG_LEVEL = env.one_of("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOG_FORMAT = env.one_of("LOG_FORMAT", ("json", "console"), "json")

INSTALLED_APPS = [
    "waddlebot",
    "identity",
    "labels",
    "marketplace",
    "browser_sources",
    "core_router",
    "portal",
    # Chat modules. Remove a line and its module is gone.
    "core_router.modules.account",
    "core_router.modules.help",
    "core_router.modules.commands",
    "core_router.modules.counter",
    "core_router.modules.labels",
    "core_router.modules.overlay",
    "core_router.modules.place",
    "core_router.modules.quote",
    "core_router.modules.reputation",
    "core_router.modules.so",
    "core_router.modules.thanks",
    "core_router.modules.why",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "identity.apps.AllauthAccountConfig",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.twitch",
    "allauth.socialaccount.providers.discord",
    "allauth.socialaccount.providers.slack",
    "allauth.socialaccount.providers.google",
    "identity.providers.kick",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
]

AUTH_USER_MODEL = "identity.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "waddlebot.urls"
WSGI_APPLICATION = "waddlebot.wsgi.application"
ASGI_APPLICATION = "waddlebot.asgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

primary = env.database("DATABASE_URL", "postgresql:///waddlebot")
replica = env.database("READ_REPLICA_URL")
if primary is None:
    raise BadSettingError("DATABASE_URL is empty")
DATABASES = {"default": primary} | ({"replica": replica} if replica else {})

REDIS_URL = env.redis()
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "waddlebot",
        "OPTIONS": {
            "SOCKET_CONNECT_TIMEOUT": 0.5,
            "SOCKET_TIMEOUT": 1,
            # The default sleeps between its tries, while a request waits.
            "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 1)},
        },
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
}
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL") or REDIS_URL
# A worker killed in the middle of a task gives it back; every task may run twice (habit 19).
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    # Whoever only wakes a worker must not hang with a broker that is frozen: beat wakes it too.
    # A worker's own reads wait a second at a time (BRPOP), so they end within this.
    "socket_connect_timeout": 0.5,
    "socket_timeout": 2,
    "max_retries": 0,
}
# One queue per kind of work, so that each scales alone: `celery -A waddlebot worker -Q events`.
CELERY_TASK_DEFAULT_QUEUE = "maintenance"
CELERY_TASK_QUEUES: dict[str, dict[str, str]] = {
    queue: {} for queue in ("events", "labels", "identity", "maintenance")
}
CELERY_TASK_ROUTES = {
    "core_router.tasks.*": {"queue": "events"},
    "labels.tasks.*": {"queue": "labels"},
    "identity.tasks.*": {"queue": "identity"},
}
# What ran when is not written down: each beat task looks for what is due, so a restart loses none.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = beat_schedule()

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
# The API passes these three; pages pass the chain below too (waddlebot.lib.middleware).
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "waddlebot.lib.middleware.RequestMiddleware",
    "waddlebot.lib.middleware.PagesMiddleware",
]
PAGES_MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "identity.middleware.AccountGuard",
]
SILENCED_SYSTEM_CHECKS = [
    # These look for middleware in MIDDLEWARE; it stands in PAGES_MIDDLEWARE.
    "admin.E408",
    "admin.E409",
    "admin.E410",
    "security.W002",
    "security.W003",
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "identity.authentication.KeyAuthentication",
        "identity.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["identity.permissions.HasScope"],
    # Asked in this order, after authentication and permission.
    "DEFAULT_THROTTLE_CLASSES": [
        "waddlebot.lib.throttle.KeyThrottle",
        "waddlebot.lib.idempotency.IdempotencyGate",
    ],
    "DEFAULT_PARSER_CLASSES": ["waddlebot.lib.rest.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["waddlebot.lib.rest.JsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "waddlebot.lib.rest.NoNegotiation",
    "DEFAULT_PAGINATION_CLASS": "waddlebot.lib.pagination.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "waddlebot.lib.openapi.ProblemSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "waddlebot.lib.rest.handle_exception",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "WaddleBot",
    "DESCRIPTION": "Chat in, a module asked, actions out.",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVERS": [{"url": PUBLIC_URL}],
    "SERVE_INCLUDE_SCHEMA": False,
    "DISABLE_ERRORS_AND_WARNINGS": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # Choices stay where they are used: names made up for shared ones collide between apps.
    "POSTPROCESSING_HOOKS": [],
}
# The largest body any view reads, a batch of events; most views read less (`max_body`).
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

PASSWORD_HASHERS = ["waddlebot.lib.passwords.Argon2idHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"

# How people sign up and in (django-allauth); what it decides for us is in identity/adapters.
CODE_LIFE_S = 600
CODE_ATTEMPTS = 5
CODES_PER_TARGET = "5/h/key,20/d/key"
ACCOUNT_ADAPTER = "identity.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "WaddleBot: "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 10
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = CODE_ATTEMPTS
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = CODE_LIFE_S
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = CODE_ATTEMPTS
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = CODE_LIFE_S
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = CODE_ATTEMPTS
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = CODE_LIFE_S
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {
    "confirm_email": f"1/10s/key,{CODES_PER_TARGET}",
    "request_login_code": f"20/m/ip,{CODES_PER_TARGET}",
    "reset_password": f"20/m/ip,{CODES_PER_TARGET}",
}

SOCIALACCOUNT_ADAPTER = "identity.adapters.SocialAdapter"
SOCIALACCOUNT_FORMS = {"disconnect": "identity.forms.disconnecting.DisconnectForm"}
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
# Who somebody is there is (provider, subject id). Their e-mail is not asked for: it joins nothing.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_QUERY_EMAIL = False
SOCIALACCOUNT_EMAIL_REQUIRED = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
DISCORD_CLIENT_ID = env.token("DISCORD_CLIENT_ID")
DISCORD_CLIENT_SECRET = env.token("DISCORD_CLIENT_SECRET")
SLACK_CLIENT_ID = env.token("SLACK_CLIENT_ID")
SLACK_CLIENT_SECRET = env.token("SLACK_CLIENT_SECRET")
GOOGLE_CLIENT_ID = env.token("GOOGLE_CLIENT_ID")
GOOGLE_CLIENT_SECRET = env.token("GOOGLE_CLIENT_SECRET")
KICK_CLIENT_ID = env.token("KICK_CLIENT_ID")
KICK_CLIENT_SECRET = env.token("KICK_CLIENT_SECRET")
SOCIALACCOUNT_PROVIDERS = {
    slug: {
        # Without credentials a provider is not offered.
        "APPS": [{"client_id": name, "secret": secret}] if name and secret else [],
        "OAUTH_PKCE_ENABLED": True,
        "SCOPE": scopes,
    }
    for slug, name, secret, scopes in (
        ("twitch", TWITCH_CLIENT_ID, TWITCH_CLIENT_SECRET, []),
        ("discord", DISCORD_CLIENT_ID, DISCORD_CLIENT_SECRET, ["identify"]),
        ("slack", SLACK_CLIENT_ID, SLACK_CLIENT_SECRET, ["openid", "profile"]),
        ("google", GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, ["openid", "profile"]),
        ("kick", KICK_CLIENT_ID, KICK_CLIENT_SECRET, ["user:read"]),
    )
}

# Where a browser is sent to say yes, and on the way there to sign in.
OAUTH_ORIGINS = {
    "twitch": ["https://id.twitch.tv", "https://www.twitch.tv"],
    "discord": ["https://discord.com"],
    "slack": ["https://slack.com", "https://*.slack.com"],
    "google": ["https://accounts.google.com"],
    "kick": ["https://id.kick.com", "https://kick.com"],
}

MFA_ADAPTER = "identity.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "WaddleBot"
MFA_TOTP_TOLERANCE = 1
# Browsers make passkeys for http too when the host is localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
USERSESSIONS_ADAPTER = "identity.adapters.SessionsAdapter"
USERSESSIONS_TRACK_ACTIVITY = True
HEADLESS_ADAPTER = "identity.adapters.HeadlessAdapter"
HEADLESS_CLIENTS = ("browser",)

EMAIL = env.email("EMAIL_URL")
EMAIL_BACKEND = EMAIL.backend
EMAIL_HOST, EMAIL_PORT = EMAIL.host, EMAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL.user, EMAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL.starts_tls, EMAIL.is_tls
EMAIL_FILE_PATH = EMAIL.folder
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "waddlebot@localhost")

# A browser keeps `__Host-` cookies to this very host; it takes them over https alone.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_SERIALIZER = "waddlebot.lib.sealing.SealedSession"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "waddlebot.lib.answers.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
# Probes and Prometheus come from the inside, without the gateway.
SECURE_REDIRECT_EXEMPT = [r"^(\w+/)?health(/detailed)?$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        # Browsers hold a form to this even where its answer sends them elsewhere.
        "form-action": [
            SELF,
            *(
                origin
                for slug, provider in SOCIALACCOUNT_PROVIDERS.items()
                if provider["APPS"]
                for origin in OAUTH_ORIGINS[slug]
            ),
        ],
        "frame-ancestors": [NONE],
    }
}

LOGGING = configuration(LOG_LEVEL, LOG_FORMAT)
STATIC_URL = "/static/"
STATIC_ROOT = env.folder("STATIC_ROOT", BASE_DIR / "static")
