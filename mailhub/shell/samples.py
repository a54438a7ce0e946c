"""What the style guide shows: one of each, in each state."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms

from servers.failures import FailureKind, Operation
from servers.models import IncomingServer
from servers.standing import PauseReason

_LONG_NAME = "A name that is far longer than any column can show, because people write such names – Überlänge & Söhne"


_DISTANCES = (timedelta(0), timedelta(minutes=5), timedelta(hours=3), timedelta(days=2), timedelta(days=90))


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(help_text="People see it as the sender.", initial="Support")
    host = forms.CharField(label="Host", initial="imap.acme.example")
    port = forms.IntegerField(initial=993, max_value=65535)
    protocol = forms.ChoiceField(choices=[("imap", "IMAP"), ("pop3", "POP3")])
    password = forms.CharField(widget=forms.PasswordInput(attrs={"data-saved": True}), required=False)
    leave_copy = forms.BooleanField(
        label="Leave a copy on the server",
        required=False,
        initial=True,
        help_text="Off: fetched mail is deleted there.",
    )
    kind = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[("service", "Service: mail is answered"), ("marketing", "Marketing: mail is sent")],
    )
    comments = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    locked = forms.CharField(disabled=True, initial="Fixed once mail has flowed", required=False)

    def clean(self) -> dict[str, Any]:
        raise forms.ValidationError("The server refused the sign-in, so nothing was saved.")


@dataclass(frozen=True)
class SampleStep:
    label: str
    state: str
    words: str = ""
    advice: str = ""
    milliseconds: int | None = None


@dataclass(frozen=True)
class SampleRow:
    name: str
    second: str
    kind: str
    word: str
    when: datetime
    url: str = "#tables"


def context(*, now: datetime) -> dict[str, Any]:
    """Return what the style guide's template needs."""
    return {
        "form": SampleForm(prefix="fine"),
        "wrong_form": SampleForm({"wrong-port": "70000", "wrong-kind": "service"}, prefix="wrong"),
        "servers": _servers(now),
        "times": [now - distance for distance in _DISTANCES],
        "people": [("Ada Lovelace", "ada@example.com"), ("", "first.last@example.org"), ("王小明", "wang@example.com")],
        "steps": [
            SampleStep("Find imap.acme.example", "ok", milliseconds=12),
            SampleStep("Connect with TLS", "ok", milliseconds=87),
            SampleStep(
                "Sign in",
                "failed",
                words="NO [AUTHENTICATIONFAILED] Invalid credentials",
                advice="The server does not know this user name with this password. Enter the password again.",
                milliseconds=140,
            ),
            SampleStep("Look at INBOX", "skipped"),
        ],
        "running_steps": [SampleStep("Connect", "ok", milliseconds=31), SampleStep("Sign in", "running")],
        "rows": [
            SampleRow("Support", "support@acme.example", "works", "Working", now - timedelta(minutes=2)),
            SampleRow("Sales", "sales@acme.example", "needs", "Failing", now - timedelta(hours=3)),
            SampleRow(_LONG_NAME, "long@acme.example", "off", "Off", now - timedelta(days=40)),
        ],
        "goes": ["1,204 messages in 310 conversations", "3 outgoing servers, with 2 messages that wait"],
    }


def _servers(now: datetime) -> list[IncomingServer]:
    """Servers in every state of health. They are never saved."""
    return [
        IncomingServer(last_success_at=now, next_poll_at=now),
        IncomingServer(
            host="imap.acme.example",
            failure_count=3,
            last_failure="[AUTHENTICATIONFAILED] Invalid credentials.",
            last_failure_operation=Operation.SIGN_IN,
            last_failure_kind=FailureKind.SIGN_IN_REFUSED,
            last_failure_advice="Enter the password again.",
            last_failure_at=now - timedelta(minutes=10),
            failing_since=now - timedelta(minutes=10),
            refused_since=now - timedelta(minutes=10),
            next_poll_at=now + timedelta(minutes=10),
        ),
        IncomingServer(
            host="imap.acme.example",
            failure_count=2,
            last_failure="The server did not answer in time.",
            last_failure_operation=Operation.CONNECT,
            last_failure_kind=FailureKind.TRANSIENT,
            last_failure_at=now,
            failing_since=now - timedelta(seconds=10),
            next_poll_at=now + timedelta(seconds=4),
        ),
        IncomingServer(
            host="imap.acme.example", paused_at=now, pause_reason=PauseReason.SIGN_IN_REFUSED, next_poll_at=now
        ),
        IncomingServer(next_poll_at=now),
        IncomingServer(is_active=False, next_poll_at=now),
    ]
