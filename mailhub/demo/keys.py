"""Secrets of this one demonstration installation: made at the first start and kept."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

_KEY_BYTES = 32


@dataclass(frozen=True)
class InstallationKeys:
    """`secret_key` signs sessions; `mailhub_keys` is the value of MAILHUB_KEYS (id:base64)."""

    secret_key: str
    mailhub_keys: str


def load_or_create(path: Path) -> InstallationKeys:
    """Return the keys of the file, which only its owner may read; make it if it is missing."""
    try:
        return InstallationKeys(**json.loads(path.read_text()))
    except FileNotFoundError:
        return _create(path)


def _create(path: Path) -> InstallationKeys:
    keys = InstallationKeys(
        secret_key=secrets.token_urlsafe(48),
        mailhub_keys="demo:" + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode(),
    )
    # Written beside and renamed: a start that is interrupted here leaves no half file with lost keys.
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(keys), file, indent=2)
    unfinished.replace(path)
    return keys
