"""Rows and pages that the tests of templates share."""

import re
from datetime import UTC, datetime
from html import unescape

from mailboxes.models import Mailbox, MailboxSignature, PersonalSignature, ReplyTemplate
from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.scope import tenant_scope

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def make_template(tenant: Tenant, html: str, *, name: str = "Thanks", subject: str = "") -> ReplyTemplate:
    with tenant_scope(tenant.pk):
        template: ReplyTemplate = ReplyTemplate.objects.create(
            tenant=tenant, name=name, subject=subject, html=html, created_at=NOON, changed_at=NOON
        )
    return template


def sign(mailbox: Mailbox, author: Membership) -> None:
    """Give the mailbox and the person a signature."""
    of_mailbox, personal = '<p>{{ company_name }}<br><a href="https://acme.example/">Shop</a></p>', "<p>Anna Lund</p>"
    with tenant_scope(mailbox.tenant_id):
        MailboxSignature.objects.create(tenant=mailbox.tenant, mailbox=mailbox, html=of_mailbox, changed_at=NOON)
        PersonalSignature.objects.create(tenant=mailbox.tenant, membership=author, html=personal, changed_at=NOON)


def shown(page: str) -> tuple[str, str, str]:
    """Return subject, text and HTML that a preview shows."""
    subject = re.search(r'template-preview-subject">.*?</span> (.*?)(?: <span|</p>)', page, re.DOTALL)
    frame = re.search(r'srcdoc="([^"]*)"', page)
    text = re.search(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)
    assert subject is not None
    assert text is not None
    assert frame is not None
    _body, _bracket, html = unescape(frame[1]).partition('color: #1a1a1a">')
    return unescape(subject[1]), unescape(text[1]), html
