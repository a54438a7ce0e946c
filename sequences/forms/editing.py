"""Forms of a sequence as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict

from mailboxes.models import Mailbox
from mailhub.lib.headers import clean_header
from mailhub.tenancy.models import Membership
from sequences.editing.sequences import (
    LONGEST_NAME,
    Settings,
    add_sequence,
    change_settings,
    copy_sequence,
    free_name,
    state_of_settings,
)
from sequences.editing.servers import Offer, Offered
from sequences.models import Sequence
from servers.models import OutgoingServer


@dataclass(frozen=True)
class ServerChoice:
    """A server as a form offers it."""

    offered: Offered
    is_chosen: bool

    @property
    def input_id(self) -> str:
        return f"server-{self.offered.server.pk}"


class SequenceForm(forms.Form):
    """The name of a sequence, and the outgoing server that its contacts go through."""

    name = forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        help_text="For you and your colleagues; nobody else sees it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "New customers, spring"}),
    )
    server = forms.CharField(label="Outgoing server", required=False, max_length=60)

    def __init__(self, offer: Offer, data: QueryDict | None = None, *, sequence: Sequence | None = None) -> None:
        super().__init__(data, initial=_initial(sequence, offer))
        self.offer = offer
        self.sequence = sequence

    @property
    def groups(self) -> list[tuple[Mailbox, list[ServerChoice]]]:
        """The servers by mailbox, each with whether it is chosen."""
        chosen = str(self["server"].value() or "")
        return [
            (group.mailbox, [ServerChoice(one, str(one.server.pk) == chosen) for one in group.servers])
            for group in self.offer.groups
        ]

    @property
    def kept(self) -> OutgoingServer | None:
        """The server that the sequence has, where it is not among those that are offered any more."""
        server = self.sequence.server if self.sequence is not None else None
        return server if server is not None and self.offer.named(str(server.pk)) is None else None

    def clean_name(self) -> str:
        name = clean_header(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Give it a name.")
        others = Sequence.objects.filter(name=name)
        if self.sequence is not None:
            others = others.exclude(pk=self.sequence.pk)
        if others.exists():
            raise forms.ValidationError("Another sequence of this account has this name.")
        return name

    def clean_server(self) -> OutgoingServer | None:
        chosen = self.cleaned_data["server"]
        if not chosen:
            if self.sequence is not None and self.sequence.server is not None:
                raise forms.ValidationError("Choose an outgoing server.")
            return None
        own = self.sequence.server if self.sequence is not None else None
        if own is not None and str(own.pk) == chosen:
            # What was chosen once stays, whatever became of it: whether it may send is asked before each mail.
            return own
        offered = self.offer.named(chosen)
        if offered is None:
            raise forms.ValidationError("You may not use this outgoing server.")
        if offered.why_not:
            raise forms.ValidationError(offered.why_not)
        return offered.server

    def add(self, *, by: Membership, now: datetime) -> Sequence:
        return add_sequence(self.cleaned_data["name"], self.cleaned_data["server"], by=by, now=now)


class SequenceSettingsForm(SequenceForm):
    """All that is set for a sequence as a whole."""

    stops_company = forms.BooleanField(
        label="A reply stops everybody of the same company",
        required=False,
        help_text="Whoever has an address at the domain of the one who answered. Providers of mail for everybody, such "
        "as gmail.com, are no company.",
    )
    tracks_opens = forms.BooleanField(
        label="See who opens",
        required=False,
        help_text="Puts an invisible picture into each mail. It tells you where and when people read, which many laws "
        "let you do with their consent only, and it makes mail look like advertising to filters.",
    )
    tracks_clicks = forms.BooleanField(
        label="See who clicks",
        required=False,
        help_text="Leads each link through this server. Readers see another address than you wrote, and filters trust "
        "such links less.",
    )
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        assert self.sequence is not None
        state = state_of_settings(self.sequence)
        if values.get("seen") not in ("", None, state):
            there = ", ".join(_in_words(self.sequence))
            self.add_error(
                None,
                f"Somebody else changed these settings while you did. Now they are: {there}. Save again to set yours.",
            )
            # The next try is made in the knowledge of it.
            self.data = {**{name: self.data.get(name) for name in self.data}, "seen": state}
        return values

    def save(self, *, now: datetime) -> None:
        assert self.sequence is not None
        given = self.cleaned_data
        settings = Settings(
            name=given["name"],
            server=given["server"],
            stops_company=given["stops_company"],
            tracks_opens=given["tracks_opens"],
            tracks_clicks=given["tracks_clicks"],
        )
        change_settings(self.sequence, settings, now=now)


class CopyForm(forms.Form):
    """The name of a copy."""

    name = forms.CharField(
        label="Name of the copy", max_length=LONGEST_NAME, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, original: Sequence, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"name": free_name(f"Copy of {original.name}")} if data is None else None)
        self.original = original

    def clean_name(self) -> str:
        name = clean_header(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Give it a name.")
        if Sequence.objects.filter(name=name).exists():
            raise forms.ValidationError("Another sequence of this account has this name.")
        return name

    def save(self, *, by: Membership, now: datetime) -> Sequence:
        return copy_sequence(self.original, self.cleaned_data["name"], by=by, now=now)


class DeleteSequenceForm(forms.Form):
    """Asks for the name, since nothing of a sequence comes back."""

    confirm = forms.CharField(max_length=LONGEST_NAME + 40, required=False)

    def __init__(self, sequence: Sequence, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.sequence = sequence

    def clean_confirm(self) -> str:
        if clean_header(self.cleaned_data["confirm"]) != clean_header(self.sequence.name):
            raise forms.ValidationError(f"Type {self.sequence.name} to confirm.")
        return self.sequence.name


def _initial(sequence: Sequence | None, offer: Offer) -> dict[str, Any]:
    if sequence is None:
        usable = [one for one in offer.all if not one.why_not]
        # Who has one alone needs not choose.
        return {"server": str(usable[0].server.pk)} if len(usable) == 1 else {}
    return {
        "name": sequence.name,
        "server": str(sequence.server_id or ""),
        "stops_company": sequence.stops_company,
        "tracks_opens": sequence.tracks_opens,
        "tracks_clicks": sequence.tracks_clicks,
        "seen": state_of_settings(sequence),
    }


def _in_words(sequence: Sequence) -> list[str]:
    switches = {
        "a reply stops the company": sequence.stops_company,
        "opens are seen": sequence.tracks_opens,
        "clicks are seen": sequence.tracks_clicks,
    }
    on = [words for words, is_on in switches.items() if is_on]
    server = f"through {sequence.server}" if sequence.server is not None else "without an outgoing server"
    return [f"“{sequence.name}” {server}", *on]
