"""Reads the settings of this process from its environment, and says loudly what is missing."""

import base64
import ipaddress
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent

env = environ.Env()


def required(name: str, hint: str) -> str:
    """Return the variable `name`; raise ImproperlyConfigured with `hint` when it is not set or empty."""
    value = env.str(name, default="").strip()
    if not value:
        raise ImproperlyConfigured(f"The environment variable {name} is not set. {hint} See .env.example.")
    return value


def stand_in() -> None:
    """Set what is missing to values that lead nowhere, for commands that use neither database, broker nor storage."""
    stand_ins = {
        "SECRET_KEY": secrets.token_hex(32),
        "MAILHUB_KEYS": f"none:{base64.b64encode(secrets.token_bytes(32)).decode('ascii')}",
        "SITE_URL": "http://localhost",
        "DATABASE_URL": "sqlite://:memory:",
        "STORAGE_URL": "file:///nonexistent",
        "BROKER_URL": "redis://localhost:1/0",
        "PLATFORM_SMTP_URL": "smtp://localhost:1",
        "PLATFORM_FROM": "nobody@localhost",
    }
    for name, value in stand_ins.items():
        os.environ.setdefault(name, value)


def storage_root(url: str) -> Path:
    """Return the directory of a `file://` storage address; raise ImproperlyConfigured for any other scheme."""
    scheme, separator, rest = url.partition("://")
    if scheme != "file" or not separator or not rest.startswith("/"):
        raise ImproperlyConfigured(
            "STORAGE_URL must be file:///an/absolute/directory (a volume that every web and worker machine shares)."
        )
    return Path(rest)


def platform_keys(text: str) -> dict[str, str]:
    """Read `id:base64key[,id:base64key…]`, the newest key first (SPEC M19)."""
    keys = {}
    for item in text.split(","):
        key_id, separator, key = item.strip().partition(":")
        if not separator or not key_id or not key:
            raise ImproperlyConfigured("MAILHUB_KEYS must read id:base64key[,id:base64key…], the newest key first.")
        keys[key_id] = key
    return keys


def is_this_machine_only(targets: Iterable[str], *, site_url: str) -> bool:
    """Tell whether the site and all `address:port` targets are on the loopback of this machine."""
    hosts = [target.rpartition(":")[0].strip("[]") for target in targets]
    return all(_is_loopback(host) for host in [urlsplit(site_url).hostname or "", *hosts])


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
