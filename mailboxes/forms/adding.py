"""The page that adds a mailbox: who, receive, send, use. Three forms that are valid together or not at all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms

from mailboxes import adding
from mailboxes.forms.fetching import FetchingForm
from mailboxes.forms.mailboxes import NewMailboxForm
from mailboxes.models import Mailbox
from mailhub.tenancy.models import Tenant
from servers.forms import FirstOutgoingServerForm, ServerForm
from servers.models import IncomingServer, OutgoingServer

INCOMING, OUTGOING = "incoming", "outgoing"


class DirectionsForm(forms.Form):
    """Whether the mailbox receives, sends, or both (SPEC M3)."""

    receives = forms.BooleanField(label="This mailbox receives mail", required=False, initial=True)
    sends = forms.BooleanField(label="This mailbox sends mail", required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("receives") and not self.cleaned_data.get("sends"):
            raise forms.ValidationError("A mailbox receives mail, sends mail, or both: switch one of them on.")
        return self.cleaned_data

    def has_on(self, name: str) -> bool:
        return bool(self[name].value())


class AddMailboxForm:
    """What the page asks for, and `save` that creates all of it in one transaction."""

    def __init__(self, tenant: Tenant, data: Mapping[str, Any] | None = None) -> None:
        data = _with_proposals(data) if data is not None else None
        self.is_bound = data is not None
        self.mailbox = NewMailboxForm(data, instance=Mailbox(tenant=tenant))
        self.directions = DirectionsForm(data)
        self.incoming = FetchingForm(
            **self._content("receives", FetchingForm, INCOMING, data), instance=IncomingServer(tenant=tenant)
        )
        self.outgoing = FirstOutgoingServerForm(
            **self._content("sends", FirstOutgoingServerForm, OUTGOING, data),
            instance=OutgoingServer(tenant=tenant),
            incoming=self.incoming if self.directions.has_on("receives") else None,
        )

    def is_valid(self) -> bool:
        return all(form.is_valid() for form in self._wanted())

    def save(self, *, now: datetime) -> Mailbox:
        """Create the mailbox; raise IntegrityError or LimitExceeded when what was free has been taken meanwhile."""
        return adding.add_mailbox(
            self.mailbox.instance,
            incoming=self.incoming.instance if self.incoming.is_bound else None,
            outgoing=self.outgoing.instance if self.outgoing.is_bound else None,
            agrees_to_fee=self.mailbox.cleaned_data["agrees_to_fee"],
            now=now,
        )

    def full_clean(self) -> None:
        """Check everything once more."""
        for form in self._wanted():
            form.full_clean()

    def _wanted(self) -> list[forms.BaseForm]:
        return [self.mailbox, self.directions, *(one for one in (self.incoming, self.outgoing) if one.is_bound)]

    def _content(
        self, switch: str, form_class: type[ServerForm], prefix: str, data: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Bind a part that is switched on; one that is off keeps what was typed and is not checked."""
        if data is None or self.directions.has_on(switch):
            return {"data": data, "prefix": prefix}
        names = {name: f"{prefix}-{name}" for name in form_class.base_fields if name != "password"}
        return {"initial": {name: data.get(key, "") for name, key in names.items()}, "prefix": prefix}


def _with_proposals(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was sent, with the sender's address and name proposed where they were left empty."""
    proposed = {
        f"{OUTGOING}-from_address": data.get("address", ""),
        f"{OUTGOING}-display_name": data.get("name", ""),
    }
    return {**{name: data[name] for name in data}, **{key: data.get(key) or value for key, value in proposed.items()}}
