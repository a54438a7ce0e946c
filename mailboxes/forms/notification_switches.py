"""How a person wants to be told of what (SPEC Q4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from mailboxes.models import Notification, NotificationSwitch
from mailboxes.notifying.defaults import WAYS, Ways
from mailhub.tenancy.models import Membership

_WAYS = {"in_browser": "in the browser", "by_mail": "by mail"}


@dataclass(frozen=True)
class SwitchRow:
    """One kind of thing, with its switches."""

    label: str
    in_browser: BoundField
    by_mail: BoundField


class SwitchesForm(forms.Form):
    """A switch for each kind of thing and each way of telling."""

    def __init__(self, membership: Membership, data: QueryDict | None = None) -> None:
        self._membership = membership
        chosen = WAYS | {one.kind: Ways.of(one) for one in NotificationSwitch.objects.filter(membership=membership)}
        initial = {_name(kind, way): getattr(chosen[kind], way) for kind in Notification.Kind for way in _WAYS}
        super().__init__(data, initial=initial)
        for kind in Notification.Kind:
            for way, words in _WAYS.items():
                self.fields[_name(kind, way)] = forms.BooleanField(
                    label=f"{kind.label}: {words}",
                    required=False,
                    widget=forms.CheckboxInput({"class": "form-check-input", "role": "switch"}),
                )

    @property
    def rows(self) -> Iterator[SwitchRow]:
        """What the table shows."""
        for kind in Notification.Kind:
            yield SwitchRow(kind.label, self[_name(kind, "in_browser")], self[_name(kind, "by_mail")])

    def save(self) -> None:
        """Write a row for each kind: what holds by default may change, what somebody chose does not."""
        NotificationSwitch.objects.bulk_create(
            [
                NotificationSwitch(
                    tenant_id=self._membership.tenant_id,
                    membership=self._membership,
                    kind=kind,
                    **{way: self.cleaned_data[_name(kind, way)] for way in _WAYS},
                )
                for kind in Notification.Kind
            ],
            update_conflicts=True,
            unique_fields=["membership", "kind"],
            update_fields=list(_WAYS),
        )


def _name(kind: Notification.Kind, way: str) -> str:
    return f"{kind.value}-{way}"
