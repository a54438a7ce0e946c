"""Mail to people about their place in an account. Sent after the commit of what it tells."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from mailhub.lib.headers import clean_header
from mailhub.tenancy.inviting import VALID_FOR, Invited
from mailhub.tenancy.models import Membership


def send_invitation(invited: Invited, *, by: Membership) -> None:
    """Send the link that accepts an invitation."""
    link = settings.SITE_URL + reverse("people:invitation-accept", args=[invited.token])
    context = {"account": by.tenant.name, "by": by.user, "link": link, "days": VALID_FOR.days}
    _send("invitation", invited.invitation.email, context)


def tell_of_reset(person: Membership, *, by: Membership) -> None:
    """Tell a person that an administrator has reset their second factor."""
    _send("second_factor_reset", person.user.email, {"account": by.tenant.name, "by": by.user})


def _send(name: str, address: str, context: dict[str, Any]) -> None:
    context = {**context, "site_url": settings.SITE_URL}
    parts = {part: render_to_string(f"people/mail/{name}/{part}", context) for part in ("subject.txt", "body.txt")}
    mail = EmailMultiAlternatives(clean_header(parts["subject.txt"]), parts["body.txt"].strip() + "\n", to=[address])
    mail.attach_alternative(render_to_string(f"people/mail/{name}/body.html", context), "text/html")
    mail.send()
