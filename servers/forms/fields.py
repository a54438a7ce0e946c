"""Fields of server forms. A secret goes in and never comes out again (SPEC M19)."""

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError

from mailhub.lib.secret import Secret
from servers.hostnames import InvalidHostname, valid_hostname

HOST_ATTRIBUTES = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false", "inputmode": "url"}
PLAIN_ATTRIBUTES = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}

# A GUID, or a domain of the organisation.
_DIRECTORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


class HostField(forms.CharField):
    """The name of a server, and nothing around it."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return valid_hostname(text) if text else text
        except InvalidHostname as error:
            raise ValidationError(str(error)) from None


class PrintableField(forms.CharField):
    """Text of one line without anything that cannot be typed, such as a user name or a client id."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text.isprintable():
            raise ValidationError(f"The {(self.label or 'text').lower()} contains a character that cannot be typed.")
        return text


class PasswordField(forms.CharField):
    """A secret as a `Secret`. `new-password` keeps the browser from filling in the person's own."""

    def __init__(self, **options: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"})
        super().__init__(**{"required": False, "strip": False, "max_length": 1024, "widget": widget, **options})

    def clean(self, value: Any) -> Secret:
        return Secret(super().clean(value))


class DirectoryField(PrintableField):
    """A directory (tenant) of Microsoft: its id, or one of its domains."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text and not _DIRECTORY.fullmatch(text):
            raise ValidationError("Enter the directory (tenant) ID alone, as the Azure portal shows it.")
        return text


class EndpointField(PrintableField):
    """The address of a token endpoint (RFC 6749 §3.2). Whether we connect there is decided when we do."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text and not _is_endpoint(text):
            raise ValidationError("Enter the complete address, such as https://login.example.com/oauth2/token.")
        return text


def _is_endpoint(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    is_plain = not parts.fragment and parts.username is None and " " not in text
    return parts.scheme == "https" and bool(parts.hostname) and is_plain
