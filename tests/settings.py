"""Settings of the test suite: those of the product, with an environment made for tests."""

import os
import tempfile

_ENVIRONMENT = {
    "DEBUG": "true",
    "SECRET_KEY": "only-for-tests",
    "MAILHUB_KEYS": "test:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "SITE_URL": "http://localhost:8000",
    "ALLOWED_HOSTS": "*",
    "DATABASE_URL": f"sqlite:///{tempfile.gettempdir()}/mailhub-tests.sqlite3",
    "BROKER_URL": "redis://127.0.0.1:1/0",
    "STORAGE_URL": f"file://{tempfile.gettempdir()}/mailhub-tests-storage",
    "PLATFORM_SMTP_URL": "smtp://127.0.0.1:1",
    "PLATFORM_FROM": "no-reply@mailhub.example",
    "LOG_LEVEL": "WARNING",
}
for _name, _value in _ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)

from mailhub.settings import *  # noqa: E402, F403
from mailhub.settings import STORAGE_ROOT, STORAGES  # noqa: E402

# Tests that run beside one another give the same numbers to their tenants, and so the same names to what they store.
# The processes that they start are told where that is.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if _worker and os.environ.get("MAILHUB_TESTS_STORAGE_OF") != _worker:
    STORAGE_ROOT = STORAGE_ROOT / _worker
    STORAGES["default"]["OPTIONS"]["location"] = STORAGE_ROOT
    os.environ["STORAGE_URL"] = f"file://{STORAGE_ROOT}"
    os.environ["MAILHUB_TESTS_STORAGE_OF"] = _worker

# Hashing passwords slowly is the product's business; the tests sign in hundreds of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
