"""Canaries: unique words in every text column of every row. Whoever sees one has seen that row."""

import email
import email.policy
import gzip
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.http import HttpResponseBase

from mailhub.lib.ids import new_id
from mailhub.tenancy.rows import TenantModel

# Its label says whose it is: "A1", "A2" and "B1" are mailboxes, the others belong to a tenant, a person, or are secret.
_CANARY = re.compile(rb"zz([a-z][a-z0-9])\d{5}zz", re.IGNORECASE)
_numbers = itertools.count(1)

# The storage finds a mail by its content: another digest would be another mail.
_UNTOUCHED = frozenset({"raw_sha256", "sha256"})
# What is read by a machine, and would be refused.
_UNTOUCHED |= {"time_zone", "week", "holidays", "query", "skip_dates", "columns", "mapping", "counts"}
_UNTOUCHED |= {"encoding", "delimiter", "choice", "overrides", "country", "currency", "pdf_blob", "standing"}
# The operator's own name and address.
_UNTOUCHED |= {"seller"}
# Whatever has a reason here is kept from people, and then no page shows its content.
_UNTOUCHED |= {"removed_because"}
_ADDRESSES = frozenset(
    {"address", "from_address", "correspondent_address", "reply_to", "envelope_from", "mail_from", "recipient"}
    | {"message_id", "in_reply_to", "references", "evidence_identifier"}
)

Word = Callable[[str], str]


def canary(label: str) -> str:
    """Return a word that nothing else holds; lower case, because addresses are kept so."""
    return f"zz{label.lower()}{next(_numbers):05d}zz"


def tenant_models() -> list[type[TenantModel]]:
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


def plant(row: models.Model, word: Callable[[], str]) -> None:
    """Write `word()` into every text column of a row, past managers and `save()`."""
    values = {}
    for field in row._meta.concrete_fields:
        value = _planted(row, field, word)
        if value is not None:
            values[field.attname] = value
    if values:
        type(row)._base_manager.filter(pk=row.pk).update(**values)


def labels_in(response: HttpResponseBase) -> set[str]:
    """Return whose canaries a response holds: in its headers and body, and in what a download decodes to."""
    found: set[str] = set()
    for text in _texts(response):
        found |= {match.decode().upper() for match in _CANARY.findall(text)}
    return found


def _planted(row: models.Model, field: models.Field, word: Callable[[], str]) -> Any:
    if isinstance(field, models.JSONField) and field.name not in _UNTOUCHED:
        return _planted_json(field, word)
    if not isinstance(field, models.CharField | models.TextField) or field.choices or field.name in _UNTOUCHED:
        return None
    if field.name in _ADDRESSES or isinstance(field, models.EmailField):
        return f"{word()}@canary.example"[: field.max_length]
    return word()[: field.max_length]


def _planted_json(field: models.JSONField, word: Callable[[], str]) -> Any:
    if field.name in ("to", "cc", "bcc", "reply_to"):
        return [[word(), f"{word()}@canary.example"]]
    if field.name == "buyer":
        return {name: word() for name in ("name", "address", "vat_id", "reference")} | {"country": ""}
    if field.name == "evidence":
        began = "2026-01-01T00:00:00+00:00"
        return [{"mailbox_id": str(new_id()), "mailbox_name": word(), "begins": began, "ends": None}]
    if field.name == "trace":
        return [{"step": word(), "did": word()}]
    return {word(): word()} if field.default is dict else [word()]


def _texts(response: HttpResponseBase) -> Iterator[bytes]:
    yield "\n".join(f"{name}: {value}" for name, value in response.items()).encode()
    yield response.cookies.output().encode()
    content = b"".join(response) if response.streaming else bytes(getattr(response, "content", b""))
    if response.headers.get("Content-Encoding") == "gzip":
        content = gzip.decompress(content)
    yield content
    if "attachment" in response.headers.get("Content-Disposition", ""):
        yield from _decoded(content)


def _decoded(content: bytes) -> Iterator[bytes]:
    """Yield what a mail says once its headers and parts are decoded; for other files this finds nothing new."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    for part in mail.walk():
        yield "\n".join(str(value) for value in part.values()).encode()
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield payload
