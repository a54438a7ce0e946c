"""The form that deletes an outgoing server."""

from typing import Any, cast

from django import forms

from servers.models import OutgoingServer


class DeleteOutgoingForm(forms.Form):
    """Asks for the next default when the default goes and others stay."""

    successor: "forms.ModelChoiceField[OutgoingServer]" = forms.ModelChoiceField(
        None,
        label="New default",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the server that mail goes through from now on."},
    )

    def __init__(self, server: OutgoingServer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = OutgoingServer.objects.filter(mailbox_id=server.mailbox_id).exclude(pk=server.pk)
        self.asks_for_successor = server.is_default and others.exists()
        if self.asks_for_successor:
            successor = cast("forms.ModelChoiceField[OutgoingServer]", self.fields["successor"])
            successor.queryset = others.order_by("created_at", "id")
        else:
            del self.fields["successor"]
