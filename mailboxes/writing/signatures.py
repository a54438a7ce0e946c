"""What stands below what was written: the person's signature, and below it the mailbox's (SPEC M21).

A person's own stands in all that they write, in replies as in new mail: who gets a first letter wants to know who wrote
it just as much. What mailhub writes in the name of a mailbox has the mailbox's alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailboxes.composing import CompositionRefused
from mailboxes.merging import MergeRefused, merge_html
from mailboxes.models import Mailbox, MailboxSignature, PersonalSignature
from mailhub.lib.html import RemoteContent, TooComplex, html_to_text, sanitise
from mailhub.tenancy.models import Membership, Tenant


@dataclass(frozen=True)
class Signature:
    """What stands below a letter, not filled in yet: the sources from top to bottom, and what their fields give."""

    sources: tuple[str, ...] = ()
    values: Mapping[str, str] | None = None

    def below(self, text: str, html: str, *, address: str) -> tuple[str, str]:
        """Return text and HTML with the signature below; `address` is the one that the mail comes from.

        Mail without HTML stays without. Raises CompositionRefused where a signature cannot be filled in.
        """
        parts = self._filled_in(address)
        if not parts:
            return text, html
        block = "".join(f"<div>{part}</div>" for part in parts)
        # RFC 3676 §4.3: one line of two dashes and a space, once, however many signatures there are.
        said = "\n\n".join(html_to_text(part).strip() for part in parts)
        above = f"{text.rstrip()}\n\n" if text.strip() else ""
        return f"{above}-- \n{said}", f"{html}\n{_OPENING}{block}</div>" if html else ""

    def _filled_in(self, address: str) -> list[str]:
        values = {**(self.values or {}), "mailbox_address": address}
        try:
            filled_in = [_safe(merge_html(source, values)) for source in self.sources]
        except (MergeRefused, TooComplex) as refused:
            raise CompositionRefused(f"The signature: {refused}") from refused
        return [part for part in filled_in if html_to_text(part).strip() or "<img" in part]


def signed_off(
    text: str, html: str, *, mailbox: Mailbox, author: Membership | None, address: str = ""
) -> tuple[str, str]:
    """Return text and HTML of a letter with the signatures below; a quotation is put below that afterwards.

    `author` is None for what mailhub writes; `address` is the one that the mail comes from, else the mailbox's.
    Raises CompositionRefused where a signature cannot be filled in.
    """
    return signature_of(mailbox, author).below(text, html, address=address or mailbox.address)


def signature_of(mailbox: Mailbox, author: Membership | None) -> Signature:
    """Return what stands below the mail of `author` from `mailbox`."""
    personal = PersonalSignature.objects.filter(membership=author).exclude(html="").first() if author else None
    of_mailbox = MailboxSignature.objects.filter(mailbox=mailbox).exclude(html="").first()
    sources = tuple(one.html for one in (personal, of_mailbox) if one is not None)
    if not sources:
        return Signature()
    return Signature(sources, values_of(mailbox, author, tenant_id=mailbox.tenant_id))


def signature_of_mailbox(mailbox: Mailbox) -> Signature:
    """Return what stands below the mail that mailhub writes for `mailbox`."""
    return signature_of(mailbox, None)


def values_of(mailbox: Mailbox | None, author: Membership | None, *, tenant_id: int) -> dict[str, str]:
    """Return what the fields of a signature give, but for `mailbox_address`."""
    return {
        "my_name": author.user.name if author is not None else "",
        "mailbox_name": mailbox.name if mailbox is not None else "",
        "company_name": str(Tenant.objects.values_list("name", flat=True).get(pk=tenant_id)),
    }


def is_signature(text: str, *, content_type: str) -> bool:
    """Whether this is what `signed_off` adds to a part of a mail, and no more: line ends are those of the wire."""
    pattern = _ADDED.get(content_type)
    return pattern is not None and pattern.fullmatch(text) is not None


def _safe(html: str) -> str:
    # A literal of a template may hold tags that the editor wrote as entities.
    return sanitise(html, remote=RemoteContent.SHOWN, cid_url=lambda _content_id: None).html


# What people type keeps no class, so it can pretend to no signature. The dashes are for programs that quote: they
# leave out what stands below, as ours do.
_OPENING = '<div class="mailhub-signature" style="margin-top: 16px"><div style="color: #888888">-- </div>'
_ADDED = {
    "text/plain": re.compile(r"(?:\r\n\r\n)?-- \r\n.*", re.DOTALL),
    "text/html": re.compile(rf"\s*{re.escape(_OPENING)}.*</div>", re.DOTALL),
}
