"""Whether mail can be signed and encrypted, and for whom a certificate is missing; and doing it (SPEC M18).

Mail for which encryption was asked leaves encrypted, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet

from mailboxes.addresses import Address, normalise
from mailboxes.composing import CompositionRefused
from mailboxes.identities import sender_address
from mailboxes.mime.limits import Unreadable
from mailboxes.models import CorrespondentCertificate, Message, SigningIdentity
from mailboxes.models.certificates import CertificateRow
from mailboxes.smime import protecting
from mailboxes.smime.capabilities import OUR_CAPABILITIES
from mailboxes.smime.certificates import Certificate
from mailboxes.smime.decrypting import Identity
from mailboxes.smime.encrypting import encryption_obstacle, is_authenticated
from mailboxes.smime.protecting import CannotEncrypt, CannotProtect, CannotSign, Reader, Signatory
from mailboxes.smime.sent import SentSmime, named
from mailboxes.smime.signing import signing_obstacle
from mailboxes.smime.states import EncryptionState, SmimeResult
from mailboxes.smime.uploads import read_certificates
from servers.models import OutgoingServer

_Row = TypeVar("_Row", bound=CertificateRow)
_OwnRow = TypeVar("_OwnRow", SigningIdentity, CorrespondentCertificate)
_ObstacleOf = Callable[[Certificate], str]


@dataclass(frozen=True)
class Protection:
    """What can be done for mail to certain people, and what stands in the way of the rest, in sentences."""

    why_not_signed: str
    why_not_encrypted: tuple[str, ...]
    # Whether there is any certificate for the address that it leaves from, be it expired.
    is_set_up: bool = False
    # The name in the certificate that would sign.
    signs_as: str = ""
    signer: SigningIdentity | None = None
    # Our own certificate, which it is encrypted for too, and those of the recipients by their addresses.
    own: SigningIdentity | None = None
    readers: tuple[tuple[str, CertificateRow], ...] = ()

    @property
    def may_sign(self) -> bool:
        return not self.why_not_signed

    @property
    def may_encrypt(self) -> bool:
        return not self.why_not_encrypted

    @property
    def signs_unless_asked(self) -> bool:
        """Whether a letter is signed if nobody says otherwise: always, if it can be."""
        return self.may_sign

    def encrypts_unless_asked(self, answers: Message | None) -> bool:
        """Whether a letter is encrypted if nobody says otherwise: if it can be, and what it answers came encrypted."""
        return self.may_encrypt and answers is not None and came_encrypted(answers)


def possible(
    server: OutgoingServer, recipients: Sequence[Address], *, bcc: Sequence[Address] = (), now: datetime
) -> Protection:
    """Return what can be done for mail from a server, in a number of queries that does not grow with the recipients.

    `recipients` are those in To and Cc. What certificates are worth is judged at `now`.
    """
    own_address = sender_address(server)
    wanted = tuple(dict.fromkeys(normalise(one.addr_spec) for one in recipients))
    known = _Known.of(server, {normalise(own_address), *wanted}, now=now)
    own = known.identities.get(normalise(own_address), [])
    signing, why_not_signed = _own(own, signing_obstacle, server, own_address, now=now)
    opening, why_not_opened = _own(own, encryption_obstacle, server, own_address, now=now)
    readers, obstacles = known.readers(wanted)
    if why_not_opened:
        obstacles.insert(0, f"Nobody here could read it again. {why_not_opened}")
    if not wanted:
        obstacles.append("Choose who gets it first.")
    if bcc:
        obstacles.append(_of_blind_copies(bcc))
    return Protection(
        why_not_signed=why_not_signed,
        why_not_encrypted=tuple(obstacles),
        is_set_up=bool(own),
        signs_as=(signing.x509().name or own_address) if signing is not None else "",
        signer=signing,
        own=opening,
        readers=tuple(readers),
    )


def may_sign(server: OutgoingServer, *, now: datetime) -> bool:
    """Whether what a server sends can be signed, in one query."""
    address = sender_address(server)
    rows = _identities(server, {normalise(address)})
    return _own(rows, signing_obstacle, server, address, now=now)[0] is not None


def came_encrypted(message: Message) -> bool:
    """Whether a message came encrypted, as a whole or in a part: an answer in clear may tell what it said."""
    return SmimeResult.from_json(message.smime).encryption is not EncryptionState.NONE


def protect(
    raw: bytes,
    protection: Protection,
    *,
    is_signed: bool,
    is_encrypted: bool,
    at: datetime,
) -> tuple[bytes, SentSmime]:
    """Return a mail as `composing.compose` wrote it, signed and encrypted, and what was done for it.

    `protection` is what `possible` found for its recipients; `at` is the time that the signature names. Raises
    CompositionRefused, in words, where what is asked is not possible: nothing leaves with less than that.
    """
    if is_signed and not protection.may_sign:
        raise CompositionRefused(f"It cannot be signed. {protection.why_not_signed}")
    if is_encrypted and not protection.may_encrypt:
        raise CompositionRefused(f"It cannot be encrypted. {' '.join(protection.why_not_encrypted)}")
    signing = protection.signer if is_signed else None
    readers = _readers_of(protection) if is_encrypted else ()
    try:
        signatory = _signatory(signing) if signing is not None else None
        protected = protecting.protect(raw, signatory=signatory, readers=readers, at=at)
    except (CannotSign, CannotEncrypt, CannotProtect, Unreadable) as error:
        raise CompositionRefused(f"It cannot be signed or encrypted. {error}") from error
    except SigningIdentity.DoesNotExist as error:
        raise CompositionRefused("It cannot be signed: the certificate was deleted in this moment.") from error
    return protected, _record(protection, signing, readers)


def _readers_of(protection: Protection) -> tuple[Reader, ...]:
    """Return all who shall be able to open it, ourselves among them: what was sent stays readable here."""
    assert protection.own is not None
    own = Reader(protection.own.x509(), OUR_CAPABILITIES)
    return (own, *(Reader(row.x509(), _capabilities(row)) for _address, row in protection.readers))


def _signatory(row: SigningIdentity) -> Signatory:
    chain = read_certificates(row.chain_pem.encode()) if row.chain_pem else []
    return Signatory(Identity(row.x509(), lambda: row.private_key.reveal()), tuple(chain))


def _capabilities(row: CertificateRow) -> Collection[str]:
    return row.capabilities if isinstance(row, CorrespondentCertificate) else OUR_CAPABILITIES


def _record(protection: Protection, signing: SigningIdentity | None, readers: Sequence[Reader]) -> SentSmime:
    sent = SentSmime(is_signed=signing is not None, is_encrypted=bool(readers))
    if signing is not None:
        sent = replace(
            sent,
            signer_name=signing.x509().name[:200],
            signer_address=signing.address,
            issuer_name=signing.issuer_name,
            fingerprint=signing.fingerprint,
        )
    if readers:
        assert protection.own is not None
        sent = replace(
            sent,
            encrypted_for=tuple((address, row.fingerprint) for address, row in protection.readers),
            opened_with=protection.own.fingerprint,
            is_authenticated=is_authenticated(readers),
        )
    return sent


def _own(
    rows: Iterable[SigningIdentity], obstacle_of: _ObstacleOf, server: OutgoingServer, address: str, *, now: datetime
) -> tuple[SigningIdentity | None, str]:
    """Return our newest certificate that serves a purpose, or why there is none."""
    found = list(rows)
    if not found:
        return None, _no_certificate(server, address)
    usable, obstacle = _first_usable(found, obstacle_of, now=now)
    return usable, f"The certificate for {address} {obstacle}. {_WAY_OUT}" if usable is None else ""


def _no_certificate(server: OutgoingServer, address: str) -> str:
    if address != server.from_address:
        return (
            f"Mail leaves from {address} until it is proven that mail to {server.from_address} comes in here, and for "
            "that there is no certificate."
        )
    return f"There is no certificate for {address}. {_WAY_OUT}"


def _first_usable(rows: Sequence[_Row], obstacle_of: _ObstacleOf, *, now: datetime) -> tuple[_Row | None, str]:
    """Return the first certificate that is valid and serves a purpose; without one, what is wrong with the first."""
    obstacles = []
    for row in rows:
        obstacle = _time_obstacle(row, now=now) or obstacle_of(row.x509())
        if not obstacle:
            return row, ""
        obstacles.append(obstacle)
    return None, obstacles[0]


def _time_obstacle(row: CertificateRow, *, now: datetime) -> str:
    if now < row.not_before:
        return f"is valid from {row.not_before:%-d %B %Y} on"
    # The mail may be one for next month, so that the day is still to come.
    return f"is not valid after {row.not_after:%-d %B %Y}" if now > row.not_after else ""


def _identities(server: OutgoingServer, addresses: Collection[str]) -> QuerySet[SigningIdentity]:
    rows = SigningIdentity.objects.filter(tenant_id=server.tenant_id, address__in=addresses).defer("private_key")
    return rows.order_by("-not_before", "-id")


@dataclass(frozen=True)
class _Known:
    """The certificates that an account has for some addresses, the best first."""

    identities: Mapping[str, list[SigningIdentity]]
    correspondents: Mapping[str, list[CorrespondentCertificate]]
    # Of these only certificates came that nobody here trusts.
    untrusted: frozenset[str]
    now: datetime

    @classmethod
    def of(cls, server: OutgoingServer, addresses: Collection[str], *, now: datetime) -> _Known:
        others = CorrespondentCertificate.objects.filter(tenant_id=server.tenant_id, address__in=addresses)
        is_accepted = Q(is_trusted=True) | Q(is_pinned=True)
        return cls(
            identities=_by_address(_identities(server, addresses)),
            correspondents=_by_address(others.filter(is_accepted).order_by("-last_seen_at", "-not_before", "-id")),
            untrusted=frozenset(others.exclude(is_accepted).values_list("address", flat=True).distinct()),
            now=now,
        )

    def readers(self, addresses: Iterable[str]) -> tuple[list[tuple[str, CertificateRow]], list[str]]:
        """Return a certificate for each address that has one to encrypt for, and what is wrong with the others."""
        readers: list[tuple[str, CertificateRow]] = []
        obstacles: dict[str, list[str]] = {}
        for address in addresses:
            # A colleague whose key is here needs no signed mail before.
            rows = [*self.correspondents.get(address, []), *self.identities.get(address, [])]
            usable, obstacle = _first_usable(rows, encryption_obstacle, now=self.now) if rows else (None, "")
            if usable is not None:
                readers.append((address, usable))
            elif obstacle:
                obstacles.setdefault(f"The certificate of {{}} {obstacle}. {_FROM_THEM}", []).append(address)
            else:
                obstacles.setdefault(_UNTRUSTED if address in self.untrusted else _MISSING, []).append(address)
        return readers, [words.format(named(tuple(people))) for words, people in obstacles.items()]


def _by_address(rows: Iterable[_OwnRow]) -> dict[str, list[_OwnRow]]:
    found: dict[str, list[_OwnRow]] = {}
    for row in rows:
        found.setdefault(row.address, []).append(row)
    return found


def _of_blind_copies(bcc: Sequence[Address]) -> str:
    people = named(tuple(one.addr_spec for one in bcc))
    return f"Whoever opens it could see that a key of {people} opens it too: take the blind copy out, and write apart."


_WAY_OUT = "An administrator adds one under Settings → Certificates."
_FROM_THEM = "The next signed mail from there brings a new one, if there is one."
_MISSING = "No certificate is known for {}. It is kept when signed mail comes from there."
_UNTRUSTED = "Nobody here trusts the certificate of {} yet. An administrator can, under Settings → Certificates."
