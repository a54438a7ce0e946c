"""A model field for secrets: sealed in the database, masked everywhere else (SPEC M19, SECURITY TC13)."""

from __future__ import annotations

from typing import Any

from django.db import models

from mailhub.lib.secret import Secret
from mailhub.tenancy import sealing


class SealedSecret:
    """A secret as the database has it. `reveal()` opens it; nothing else does."""

    def __init__(self, instance: models.Model, field_name: str, sealed: bytes) -> None:
        self._instance = instance
        self._field_name = field_name
        self.sealed = sealed

    def __repr__(self) -> str:
        return "SealedSecret(••••)"

    def reveal(self) -> Secret:
        """Return the secret; raise SealBroken when it was sealed for another row."""
        place = place_of(self._instance, self._field_name)
        tenant_id = self._instance.tenant_id  # type: ignore[attr-defined]
        return Secret(sealing.unseal(tenant_id, self.sealed, place=place).decode())


def place_of(instance: models.Model, field_name: str) -> str:
    return f"{instance._meta.db_table}|{instance.pk}|{field_name}"


class SecretField(models.BinaryField):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Assign a `Secret` (or None to forget it); read a `SealedSecret` or None.

    Sealing happens at save, when row and tenant are known, so `QuerySet.update` cannot set it.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "null": True, "blank": True, "editable": False})

    def contribute_to_class(self, cls: type[models.Model], name: str, *args: Any, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, *args, **kwargs)
        setattr(cls, name, _SecretAttribute(name))

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, Secret):
            tenant_id = model_instance.tenant_id  # type: ignore[attr-defined]
            place = place_of(model_instance, self.attname)
            value = sealing.seal(tenant_id, value.reveal().encode(), place=place)
            model_instance.__dict__[self.attname] = value
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, Secret | SealedSecret | str):
            raise TypeError(f"{self.attname} is sealed at save(); it cannot be set by a query.")
        return super().get_db_prep_value(value, connection, prepared)


class _SecretAttribute:
    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: models.Model | None, owner: type) -> Any:
        if instance is None:
            return self
        if self._name not in instance.__dict__:
            instance.refresh_from_db(fields=[self._name])
        value = instance.__dict__[self._name]
        if value is None or isinstance(value, Secret):
            return value
        return SealedSecret(instance, self._name, bytes(value))

    def __set__(self, instance: models.Model, value: Any) -> None:
        if isinstance(value, SealedSecret):
            value = value.sealed
        if value is not None and not isinstance(value, Secret | bytes | memoryview):
            raise TypeError(f"{self._name} takes a Secret, not {type(value).__name__}.")
        instance.__dict__[self._name] = value
