"""Settings of mailhub. All that differs between machines comes from the environment (.env.example explains each)."""

import environ
from django.core.exceptions import ImproperlyConfigured

from mailhub.environment import ROOT, env, is_this_machine_only, platform_keys, required, storage_root
from mailhub.logs import logging_config

DEBUG = env.bool("DEBUG", default=False)
# The demonstration installation of `make run`: a mail world on loopback and a seeded account. It shows the pages of
# production, so DEBUG is off there.
DEMO = env.bool("MAILHUB_DEMO", default=False)

SECRET_KEY = required("SECRET_KEY", "It signs sessions and tokens: any long random text.")
# Platform keys that wrap the data key of each tenant; the first one wraps, the others still unwrap.
MAILHUB_KEYS = platform_keys(required("MAILHUB_KEYS", "Write id:KEY where KEY is 32 random bytes in base64."))
SITE_URL = required(
    "SITE_URL", "It is the public address of the web process, such as https://mail.example.com."
).rstrip("/")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[environ.urlparse(SITE_URL).hostname or "localhost"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
USE_X_FORWARDED_HOST = False

INSTALLED_APPS = [
    # Without looking for what others would show there.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "mailhub.tenancy",
    "mailhub.people",
    "mailhub.pulse",
    "mailhub.shell",
    "billing",
    "servers",
    "mailboxes",
    "sequences",
    "mailhub.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "mailhub.shell.static_files.StaticFilesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mailhub.tenancy.middleware.PrincipalMiddleware",
    "mailhub.tenancy.read_only.ReadOnlyMiddleware",
    "mailhub.people.middleware.PresenceMiddleware",
]

ROOT_URLCONF = "mailhub.urls"
ASGI_APPLICATION = "mailhub.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mailhub.shell.context.shell",
            ],
            "builtins": ["mailhub.shell.templatetags.ui"],
        },
    }
]

# --- Database -------------------------------------------------------------------------------------------------------

DATABASES = {
    "default": env.db_url_config(
        required("DATABASE_URL", "It is postgres://user:password@host/name or sqlite:////a/file.")
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at BEGIN: with DEFERRED two writers meet "database is locked" at once.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    # Django's backend, and the scope in front of each statement for row-level security.
    DATABASES["default"]["ENGINE"] = "mailhub.tenancy.postgresql"
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
CACHES = {
    "default": env.cache_url("CACHE_URL", default="locmemcache://"),
    # For what a process may remember alone, and what must work while the shared cache is away.
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "process",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Storage and static files ---------------------------------------------------------------------------------------

STORAGE_ROOT = storage_root(required("STORAGE_URL", "It says where raw mail is kept: file:///var/lib/mailhub/storage."))
STORAGES = {
    "default": {"BACKEND": "mailhub.lib.storage.DurableFileStorage", "OPTIONS": {"location": STORAGE_ROOT}},
    "staticfiles": {"BACKEND": env.str("STATICFILES_BACKEND", "django.contrib.staticfiles.storage.StaticFilesStorage")},
}
STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "staticfiles"
STATICFILES_DIRS = [ROOT / "static"]
# Without them, what `collectstatic` collected is served.
WHITENOISE_USE_FINDERS = DEBUG or DEMO
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024

# --- Work (Celery) --------------------------------------------------------------------------------------------------

BROKER_URL = required("BROKER_URL", "It is the Redis that rings the workers, such as redis://127.0.0.1:6379/0.")
# Polls of one account under way at once: about a fifth of the threads of all workers for waiting.
POLLS_PER_TENANT = env.int("POLLS_PER_TENANT", default=12)

# --- People ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "tenancy.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "shell:home"
ACCOUNT_ADAPTER = "mailhub.people.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "mailhub.tenancy.forms.SignUpForm",
    "change_password": "mailhub.tenancy.forms.NewPasswordForm",
    "reset_password_from_key": "mailhub.tenancy.forms.ForgottenPasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
# A code may be sent again at once, three times in three minutes; what is not named is as allauth limits it.
ACCOUNT_RATE_LIMITS = {
    "confirm_email": "3/3m/key",
    # Wrong passwords: from one address, and for one person from one address.
    "login_failed": "10/m/ip,5/5m/key",
    # Tries for one person from anywhere, except from browsers in which they have signed in before.
    "sign_in_of_person": "30/10m/key",
    "invite": "30/h/user",
    "accept_invitation": "20/m/ip",
    # Generous, as a mail provider asks for all of its customers from few addresses (RFC 8058).
    "unsubscribe": "300/m/ip",
    # Tests of a mail that somebody writes, to their own address.
    "step_test": "20/10m/user",
}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# A person hears by mail of a new password and of a change of their second factors.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_URL.startswith("https:") else "http"
PASSWORD_RESET_TIMEOUT = 3600
MFA_ADAPTER = "mailhub.people.adapters.TwoFactorAdapter"
MFA_FORMS = {
    "authenticate": "mailhub.people.forms.SecondFactorForm",
    "reauthenticate": "mailhub.people.forms.SecondFactorAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "mailhub"
# Clocks of phones may be half a minute off.
MFA_TOTP_TOLERANCE = 1

# --- Mail of the platform itself ------------------------------------------------------------------------------------

EMAIL_BACKEND = "mailboxes.system_mail.OutboxEmailBackend"
# What the operator writes to customers about money, which never goes through a customer's own server.
INVOICE_EMAIL_BACKEND = "mailboxes.system_mail.PlatformEmailBackend"
PLATFORM_SMTP_URL = required(
    "PLATFORM_SMTP_URL",
    "It sends sign-up mail: smtp://, smtp+starttls:// or smtps://user:password@host:port.",
)
PLATFORM_FROM = required("PLATFORM_FROM", "It is the address that system mail comes from.")
DEFAULT_FROM_EMAIL = PLATFORM_FROM
# Where the direct addresses of mailboxes are (SPEC M14).
DIRECT_MAIL_DOMAIN = (
    env.str("DIRECT_MAIL_DOMAIN", default="") or f"in.{environ.urlparse(SITE_URL).hostname or 'localhost'}"
).lower()
# Where `receive_mail` takes in mail for direct addresses: address:port, or unix:/path (LMTP); empty: it does not.
RECEIVE_SMTP = env.str("RECEIVE_SMTP", default="")
RECEIVE_LMTP = env.str("RECEIVE_LMTP", default="")
# What it calls itself; the domain of the direct addresses when empty.
RECEIVE_HOSTNAME = env.str("RECEIVE_HOSTNAME", default="")
# PEM files for STARTTLS.
RECEIVE_TLS_CERT = env.str("RECEIVE_TLS_CERT", default="")
RECEIVE_TLS_KEY = env.str("RECEIVE_TLS_KEY", default="")
# The direct address that gets mail to postmaster and abuse (RFC 5321 §4.5.1, RFC 2142).
RECEIVE_POSTMASTER = env.str("RECEIVE_POSTMASTER", default="")
# Octets: of one message, of all that are being taken in together, and what stays free on the disk of the storage.
RECEIVE_SIZE_LIMIT = env.int("RECEIVE_SIZE_LIMIT", default=25 * 1024 * 1024)
RECEIVE_MEMORY = env.int("RECEIVE_MEMORY", default=256 * 1024 * 1024)
RECEIVE_DISK_RESERVE = env.int("RECEIVE_DISK_RESERVE", default=1024 * 1024 * 1024)
# Connections at once, in all and from one client by SMTP.
RECEIVE_CONNECTIONS = env.int("RECEIVE_CONNECTIONS", default=200)
RECEIVE_CONNECTIONS_PER_CLIENT = env.int("RECEIVE_CONNECTIONS_PER_CLIENT", default=20)
# Addresses of proxies in front, which say by the PROXY protocol (version 1) who the client is.
RECEIVE_PROXIES = env.list("RECEIVE_PROXIES", default=[])
# Messages a minute for one mailbox and for one tenant, in each process.
RECEIVE_PER_MAILBOX = env.int("RECEIVE_PER_MAILBOX", default=600)
RECEIVE_PER_TENANT = env.int("RECEIVE_PER_TENANT", default=1800)
# How many recipients a tenant may write to in a day (UTC) through the platform's own server, also in its first 14 days.
PLATFORM_DAILY_LIMIT = env.int("PLATFORM_DAILY_LIMIT", default=500)
PLATFORM_NEW_TENANT_DAILY_LIMIT = env.int("PLATFORM_NEW_TENANT_DAILY_LIMIT", default=50)
ALLOW_TEST_DOMAINS = env.bool("ALLOW_TEST_DOMAINS", default=DEBUG or DEMO)

# --- What reaches out -----------------------------------------------------------------------------------------------

# Exact "address:port" pairs that egress control lets through although they are not public: demonstration, tests.
EGRESS_ALLOW = env.list("EGRESS_ALLOW", default=[])
if EGRESS_ALLOW and not DEBUG and not (DEMO and is_this_machine_only(EGRESS_ALLOW, site_url=SITE_URL)):
    raise ImproperlyConfigured(
        "EGRESS_ALLOW opens loopback to tenants: it is refused in production (DEBUG is off). A demonstration may open "
        "loopback addresses while SITE_URL is one too."
    )
# Ports beside the usual ones of IMAP, POP3 and SMTP on which tenants' servers may listen.
EGRESS_PORTS = env.list("EGRESS_PORTS", cast=int, default=[])
MAILHUB_EXTRA_CA_FILE = env.str("MAILHUB_EXTRA_CA_FILE", default="")
# "address:port" of the name servers to ask for mail exchanges, services and texts; empty: those of the system.
DNS_SERVERS = env.list("DNS_SERVERS", default=[])
PLAINTEXT_SERVERS_ALLOWED = env.bool("PLAINTEXT_SERVERS_ALLOWED", default=True)
# The operator's own clients for "Connect with Google" and "Connect with Microsoft"; without one its button is off.
OAUTH_GOOGLE_CLIENT_ID = env.str("OAUTH_GOOGLE_CLIENT_ID", default="")
OAUTH_GOOGLE_CLIENT_SECRET = env.str("OAUTH_GOOGLE_CLIENT_SECRET", default="")
OAUTH_MICROSOFT_CLIENT_ID = env.str("OAUTH_MICROSOFT_CLIENT_ID", default="")
OAUTH_MICROSOFT_CLIENT_SECRET = env.str("OAUTH_MICROSOFT_CLIENT_SECRET", default="")
# Other addresses than those of Google and Microsoft, by provider and name (servers.oauth.providers), for tests.
OAUTH_ENDPOINTS = env.json("OAUTH_ENDPOINTS", default={})
if OAUTH_ENDPOINTS and not EGRESS_ALLOW:
    raise ImproperlyConfigured(
        "OAUTH_ENDPOINTS sends secrets of Gmail and Office365 elsewhere: it is refused where EGRESS_ALLOW is not set."
    )
# Stripe, which takes cards (SPEC B5); without a key cards are not offered. Several secrets of events while one is
# being replaced.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRETS", default=[])
if STRIPE_SECRET_KEY and not STRIPE_WEBHOOK_SECRETS:
    raise ImproperlyConfigured(
        "STRIPE_SECRET_KEY is set and STRIPE_WEBHOOK_SECRETS is not: no event of Stripe could be believed."
    )
# Another address than Stripe's own, for tests.
STRIPE_API_URL = env.str("STRIPE_API_URL", default="").rstrip("/")
if STRIPE_API_URL and not EGRESS_ALLOW:
    raise ImproperlyConfigured(
        "STRIPE_API_URL sends the key of Stripe elsewhere: it is refused where EGRESS_ALLOW is not set."
    )
# The most IDLE connections to one host and for one tenant, over all processes of `watch_mailboxes`. Linux has 28,000
# ports for connections to one address, and polls need some of them; a tenant gets a fifth of what one process holds.
WATCH_PER_HOST = env.int("WATCH_PER_HOST", default=5000)
WATCH_PER_TENANT = env.int("WATCH_PER_TENANT", default=1000)
# A module that real tests name to have a worker killed at a named point; empty in production.
FAILPOINTS = env.list("MAILHUB_FAILPOINTS", default=[])
if FAILPOINTS and not DEBUG:
    raise ImproperlyConfigured(
        "MAILHUB_FAILPOINTS kills workers on purpose: it is refused in production (DEBUG is off)."
    )

# --- The order of the work on mail ----------------------------------------------------------------------------------

# Each name is a handler; a system check imports all of them, so that a typo stops the start and not a message.
PIPELINES = {
    "received": (
        "mailboxes.handlers.open_smime",
        "mailboxes.handlers.recognise_own_copy",
        "mailboxes.handlers.recognise_double",
        "mailboxes.handlers.recognise_probe",
        "mailboxes.handlers.classify_mail",
        "mailboxes.handlers.match",
        "mailboxes.handlers.record_delivery_status",
        "mailboxes.handlers.record_complaint",
        "mailboxes.handlers.record_unsubscribe",
        "sequences.handlers.on_received",
        "mailboxes.handlers.discard",
        "mailboxes.handlers.judge_spam",
        "mailboxes.handlers.restrict_attachments",
        "mailboxes.handlers.file_in_conversation",
        "mailboxes.handlers.index_words",
        "mailboxes.handlers.hold_scheduled",
        "mailboxes.handlers.filter_topic",
        "mailboxes.handlers.route",
        "mailboxes.handlers.expect_answer",
        "mailboxes.handlers.autorespond",
        "mailboxes.handlers.tell_of_mail",
    ),
    "settled": (
        "mailboxes.handlers.fall_back_to_platform",
        "mailboxes.handlers.record_settled",
        "sequences.handlers.on_settled",
        "mailboxes.handlers.record_probe_settled",
        "mailboxes.handlers.record_refused_recipients",
        "mailboxes.handlers.tell_of_refusal",
        "mailboxes.handlers.note_scheduled_answer",
        "mailboxes.handlers.reconcile_uncertain",
        "mailboxes.handlers.copy_to_sent",
    ),
}

# --- Accounts and their plans ---------------------------------------------------------------------------------------

# The plan of a new account, by its code.
DEFAULT_PLAN = env.str("DEFAULT_PLAN", default="free")
# What upper floors add to a new tenant, and what they do when a subscription has another plan: in order, in the same
# transaction. A system check imports these names too.
TENANT_CREATED = ("billing.subscribing.start_first_subscription", "mailboxes.segments.start_first_segment")
PLAN_CHANGED = ("mailboxes.following_plans.follow_plan",)
# And when one has ended.
SUBSCRIPTION_ENDED = ("mailboxes.ended_subscriptions.switch_off",)
# What upper floors do when an account stands otherwise than before with its invoices.
STANDING_CHANGED = ("sequences.running.standing.follow_standing",)
# What upper floors do when an account is counted on the clock of another time zone, in the same transaction.
TENANT_ZONE_CHANGED = ("billing.closing.zones.follow_zone", "sequences.limits.keeping.follow_zone")
# Who names stored contents: what none of them knows is an orphan, and is removed. Asked with tenant and SHA-256.
BLOBS_NAMED_BY = (
    "mailboxes.sweeping.names_blob",
    "sequences.importing.forgetting.names_blob",
    "billing.invoicing.keeping.names_blob",
)

# --- Security -------------------------------------------------------------------------------------------------------

SESSION_COOKIE_HTTPONLY = True
KNOWN_BROWSER_COOKIE_NAME = "known-browser"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_REFERRER_POLICY = "same-origin"
if SITE_URL.startswith("https:"):
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    KNOWN_BROWSER_COOKIE_NAME = "__Host-known-browser"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31536000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "frame-ancestors": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING_CONFIG = None
LOGS_ARE_FOR_PEOPLE = DEBUG or DEMO
LOGGING = logging_config(level=env.str("LOG_LEVEL", default="INFO"), human=LOGS_ARE_FOR_PEOPLE)
