"""Mail to a colleague about mail that came in."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from mailboxes.models import Conversation, Message
from mailhub.tenancy.models import Membership


def letter_to(
    person: Membership, message: Message, conversation: Conversation, rule_name: str
) -> EmailMultiAlternatives:
    """Tell `person`, who may see the mailbox, that a mail came in for which a rule wants them to know; unsent."""
    facts = {
        "person": person.user,
        "tenant": person.tenant,
        "message": message,
        "mailbox": conversation.mailbox,
        "rule_name": rule_name,
        "url": f"{settings.SITE_URL}{reverse('mailboxes:conversation-detail', args=[conversation.pk])}",
        "site_url": settings.SITE_URL,
    }
    subject, text, html = (
        render_to_string(f"mailboxes/notices/routed/{part}", facts) for part in ("subject.txt", "body.txt", "body.html")
    )
    mail = EmailMultiAlternatives(" ".join(subject.split()), text, to=[person.user.email])
    mail.attach_alternative(html, "text/html")
    return mail
