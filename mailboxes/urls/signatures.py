"""Routes of signatures, and of templates while one writes."""

from django.urls import URLPattern, path

from mailboxes.views.mail import templates
from mailboxes.views.setup import signatures

_SIGNATURE = "mailboxes/<uuid:mailbox_id>/signature/"

urlpatterns: list[URLPattern] = [
    path(_SIGNATURE, signatures.signature_change, name="signature-change"),
    path(f"{_SIGNATURE}preview/", signatures.signature_preview, name="signature-preview"),
    path("settings/signature/", signatures.personal_signature_change, name="personal-signature-change"),
    path("settings/signature/preview/", signatures.personal_signature_preview, name="personal-signature-preview"),
    path("compose/templates/", templates.template_picker, name="template-picker"),
    path(
        "compose/templates/<uuid:reply_template_id>/insert/",
        templates.template_insert,
        name="template-insert",
    ),
    path("compose/preview/", templates.letter_preview, name="letter-preview"),
]
