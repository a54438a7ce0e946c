"""Rotation of keys while the system runs (SPEC M19).

The platform's key wraps the data keys of the tenants; these seal secrets and mail. A rotation wraps every data key with
the newest platform key, gives each tenant a new data key, and seals every secret anew with it. Mail at rest keeps the
data key that it was sealed with.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models, transaction

from mailhub.lib import crypto
from mailhub.tenancy import sealing, second_factors
from mailhub.tenancy.keyring import platform_keyring
from mailhub.tenancy.models import DataKey, Tenant
from mailhub.tenancy.rows import TenantModel
from mailhub.tenancy.scope import tenant_scope
from mailhub.tenancy.secrets import SecretField, place_of

_BATCH = 200


@dataclass(frozen=True)
class Rotation:
    """What a rotation did."""

    wrapped_count: int
    new_key_count: int
    resealed_count: int


def rotate(*, wait: Callable[[float], None]) -> Rotation:
    """Wrap all data keys with the newest platform key, make new data keys, and seal every secret with them.

    Other processes may seal with the former data key until they look again, so `wait` is called with a number of
    seconds before a second pass takes those secrets too. Raises SealBroken, with nothing lost, when a secret does not
    open.
    """
    wrapped_count = rewrap_all() + second_factors.reseal_all()
    tenant_ids = list(Tenant.objects.order_by("pk").values_list("pk", flat=True))
    for tenant_id in tenant_ids:
        _make_data_key(tenant_id)
    sealing.forget_keys()
    resealed_count = sum(reseal_secrets(tenant_id) for tenant_id in tenant_ids)
    wait(2 * sealing.NEWEST_KEY_SECONDS)
    resealed_count += sum(reseal_secrets(tenant_id) for tenant_id in tenant_ids)
    return Rotation(wrapped_count, len(tenant_ids), resealed_count)


def rewrap_all() -> int:
    """Wrap every data key that an older platform key wraps with the current one; return how many."""
    rows: list[tuple[type[Tenant] | type[DataKey], int]] = [
        *((Tenant, pk) for pk in Tenant.objects.values_list("pk", flat=True)),
        *((DataKey, pk) for pk in DataKey.objects.values_list("pk", flat=True)),
    ]
    return sum(_rewrap(model, pk) for model, pk in rows)


def reseal_secrets(tenant_id: int) -> int:
    """Seal every secret of a tenant that an older data key seals with the newest one; return how many."""
    with tenant_scope(tenant_id):
        return sum(_reseal(secret, tenant_id) for secret in _older_secrets(tenant_id))


@dataclass(frozen=True)
class _OlderSecret:
    model: type[TenantModel]
    field: str
    row: Any
    sealed: bytes


def _rewrap(model: type[Tenant] | type[DataKey], pk: int) -> int:
    keyring = platform_keyring()
    with transaction.atomic():
        row = model.objects.select_for_update().filter(pk=pk).first()
        if row is None or crypto.key_id_of(bytes(row.wrapped_key)) == keyring.current_id:
            return 0
        data_key = keyring.unwrap(bytes(row.wrapped_key), place=row.key_place)
        row.wrapped_key = keyring.wrap(data_key, place=row.key_place)
        row.save(update_fields=["wrapped_key"])
    return 1


def _make_data_key(tenant_id: int) -> None:
    row = DataKey(tenant=Tenant.objects.get(pk=tenant_id), key_id=f"d-{uuid.uuid4().hex}")
    row.wrapped_key = platform_keyring().wrap(crypto.new_key(), place=row.key_place)
    row.save(force_insert=True)


def _older_secrets(tenant_id: int) -> Iterator[_OlderSecret]:
    newest = sealing.newest_key_id(tenant_id)
    for model, field in secret_columns():
        rows = model.objects.filter(tenant_id=tenant_id).exclude(**{field: None}).order_by("pk")
        last: Any = None
        while True:
            batch = list((rows if last is None else rows.filter(pk__gt=last)).only("pk", "tenant_id", field)[:_BATCH])
            for row in batch:
                sealed = getattr(row, field).sealed
                if crypto.key_id_of(sealed) != newest:
                    yield _OlderSecret(model, field, row, sealed)
            if len(batch) < _BATCH:
                break
            last = batch[-1].pk


def secret_columns() -> list[tuple[type[TenantModel], str]]:
    """Return every column of secrets there is; a new one cannot be forgotten."""
    return [
        (model, field.attname)
        for model in apps.get_models()
        if issubclass(model, TenantModel)
        for field in model._meta.concrete_fields
        if isinstance(field, SecretField)
    ]


def _reseal(secret: _OlderSecret, tenant_id: int) -> int:
    place = place_of(secret.row, secret.field)
    plaintext = sealing.unseal(tenant_id, secret.sealed, place=place)
    # Compare and set: a password that a person saves at this moment stays.
    unchanged: models.QuerySet[Any] = secret.model.objects.filter(pk=secret.row.pk, **{secret.field: secret.sealed})
    return unchanged.update(**{secret.field: sealing.seal(tenant_id, plaintext, place=place)})
