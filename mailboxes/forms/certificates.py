"""Forms of certificates: what is uploaded is read at once, and what is wrong with it stands on its field (SPEC M18)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from mailboxes.smime.certificates import Certificate
from mailboxes.smime.uploads import (
    FileRefused,
    KeyFileRefused,
    UploadedIdentity,
    WrongPassword,
    read_authorities,
    read_identity,
)

# A file with two hundred authorities is as large.
MAX_FILE_BYTES = 512 * 1024
MAX_PASSWORD = 1000


class CertificateFileField(forms.FileField):
    """A small file; its value is its octets."""

    widget = forms.FileInput

    def clean(self, value: Any, initial: Any = None) -> Any:
        file = super().clean(value, initial)
        if not isinstance(file, UploadedFile):
            return b""
        size = file.size or 0
        if size > MAX_FILE_BYTES:
            raise ValidationError(
                f"This file has {filesizeformat(size)}. Certificates are smaller than {filesizeformat(MAX_FILE_BYTES)}."
            )
        return file.read()


class IdentityForm(forms.Form):
    """A certificate with its private key."""

    file = CertificateFileField(
        label="Certificate",
        help_text="A PKCS #12 file (.p12, .pfx), or a certificate in PEM.",
        error_messages={"required": "Choose the file with the certificate."},
    )
    key_file = CertificateFileField(
        label="Private key",
        required=False,
        help_text="Only for PEM, if the key is in a file of its own.",
    )
    password = forms.CharField(
        required=False,
        max_length=MAX_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="If the file or the key is protected by one. It is not kept.",
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            values["identity"] = self._read(values)
        return values

    def _read(self, values: dict[str, Any]) -> UploadedIdentity | None:
        try:
            return read_identity(values["file"], values["key_file"], values["password"])
        except WrongPassword as error:
            self.add_error("password", str(error))
        except KeyFileRefused as error:
            self.add_error("key_file", str(error))
        except FileRefused as error:
            self.add_error("file", str(error))
        return None


class AuthoritiesForm(forms.Form):
    """Certificates of authorities, one or several in a file."""

    file = CertificateFileField(
        label="Certificates",
        help_text="In PEM, DER or PKCS #7 (.crt, .cer, .pem, .p7b). One file may hold several.",
        error_messages={"required": "Choose the file with the certificates."},
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            values["authorities"] = self._read(values["file"])
        return values

    def _read(self, file: bytes) -> list[Certificate]:
        try:
            return read_authorities(file)
        except FileRefused as error:
            self.add_error("file", str(error))
            return []
