"""Who sends for a mailbox, and what that sender has its customers publish."""

from dataclasses import dataclass

from servers.discovery.providers import Provider
from servers.discovery.table import PROVIDERS


@dataclass(frozen=True)
class Sender:
    """A provider or sending service. `dkim_target` is where a CNAME for a selector leads, "" if it differs for each."""

    name: str
    spf_include: str = ""
    dkim_selectors: tuple[str, ...] = ()
    dkim_target: str = ""


# Services that only send, by the endings of their servers' names.
_SERVICES: tuple[tuple[str, Sender], ...] = (
    ("smtp.sendgrid.net", Sender("SendGrid", "sendgrid.net", ("s1", "s2"))),
    ("smtp.eu.mailgun.org", Sender("Mailgun", "eu.mailgun.org", ("mailo", "smtp", "mx", "pic", "k1"))),
    ("smtp.mailgun.org", Sender("Mailgun", "mailgun.org", ("mailo", "smtp", "mx", "pic", "k1"))),
    ("amazonaws.com", Sender("Amazon SES", "amazonses.com")),
    ("smtp.postmarkapp.com", Sender("Postmark", "spf.mtasv.net", ("pm",))),
    ("smtp-relay.brevo.com", Sender("Brevo", "spf.brevo.com", ("brevo1", "brevo2", "mail"))),
    ("mailjet.com", Sender("Mailjet", "spf.mailjet.com", ("mailjet",))),
    ("smtp-relay.gmail.com", Sender("Google Workspace", "_spf.google.com", ("google",))),
)

# Where the selectors of those providers lead whose CNAME is the same for all customers or made from the domain.
_DKIM_TARGETS = {
    "Fastmail": "{selector}.{domain}.dkim.fmhosted.com",
    "Migadu": "{selector}.{domain}._domainkey.migadu.com",
    "mailbox.org": "{selector}._domainkey.mailbox.org",
    "Gandi": "{selector}.gandimail.net",
    "iCloud Mail with your own domain": "{selector}.dkim.{domain}.at.icloudmailadmin.com",
}


def find_sender(host: str) -> Sender | None:
    """Return whose server `host` is; None when it is nobody's whom we know."""
    for ending, sender in _SERVICES:
        if host == ending or host.endswith(f".{ending}"):
            return sender
    providers = [provider for provider in PROVIDERS if provider.smtp is not None and provider.smtp.host == host]
    # Some serve addresses of their own and domains of customers through one host; only the latter publish anything.
    providers.sort(key=lambda provider: not provider.spf_include)
    return _sender(providers[0]) if providers else None


def _sender(provider: Provider) -> Sender:
    return Sender(provider.name, provider.spf_include, provider.dkim_selectors, _DKIM_TARGETS.get(provider.name, ""))
