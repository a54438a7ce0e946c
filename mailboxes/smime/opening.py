"""Opens signed and encrypted mail (SPEC M18): the entity inside takes the place of what came, or nothing does.

An encrypted part is shown only if it is the whole mail. Beside clear parts it stays an attachment: whoever changes a
mail on its way could else put their own HTML around the decrypted text and have it sent to them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from mailboxes.addresses import normalise
from mailboxes.mime.limits import Unreadable
from mailboxes.parsing import Mail, fingerprint, parse
from mailboxes.smime.certificates import Certificate
from mailboxes.smime.cms import Certs, Compressed, Enveloped, Malformed, Signed
from mailboxes.smime.decrypting import Identity, decrypt
from mailboxes.smime.finding import (
    Detached,
    Mixed,
    Wrapped,
    Wrapper,
    concerns,
    looks_like_entity,
    structure_in,
    structures_beside,
    wrapper_of,
)
from mailboxes.smime.limits import MAX_LAYERS
from mailboxes.smime.states import EncryptionState, SignatureState, SmimeResult
from mailboxes.smime.verifying import Trust, Verified, line_ends, verify


@dataclass(frozen=True)
class Opened:
    """A mail as it is shown, `entity` being the octets that the positions of its attachments refer to."""

    mail: Mail
    entity: bytes
    result: SmimeResult = field(default_factory=SmimeResult)
    # Of the signer, if the mail brought it along.
    certificate: Certificate | None = None
    capabilities: tuple[str, ...] = ()


def open_mail(raw: bytes, mail: Mail, *, identities: Sequence[Identity], trust: Trust, at: datetime) -> Opened:
    """Open what `raw`, parsed as `mail`, wraps; a mail without S/MIME comes back as it is. Never raises.

    `at` is when the mail came: certificates are judged by that time. What goes wrong stands in the result.
    """
    if not concerns(mail):
        return Opened(mail, raw)
    senders = _senders(mail)
    layers = _Layers(raw, identities, partial(verify, senders=senders, trust=trust, at=at))
    layers.take_off()
    if layers.entity is raw:
        return Opened(mail, raw, _beside(raw, mail, layers.result), layers.certificate, layers.capabilities)
    try:
        inner = parse(layers.entity)
    except Unreadable as error:
        result = replace(layers.result, encryption_reason=f"What is inside cannot be read: {error}")
        return Opened(mail, raw, result, layers.certificate, layers.capabilities)
    result = _beside(layers.entity, inner, replace(layers.result, entity_sha256=fingerprint(layers.entity)))
    return Opened(_shown(mail, inner, result), layers.entity, result, layers.certificate, layers.capabilities)


def entity_inside(raw: bytes, *, identities: Sequence[Identity]) -> bytes:
    """Return the octets inside that these keys open, without judging signatures; `raw` where nothing opens."""
    layers = _Layers(raw, identities, _not_judged)
    layers.take_off()
    return layers.entity


class _Layers:
    """Takes one wrapper after the other off an entity, and keeps what each said."""

    def __init__(
        self, raw: bytes, identities: Sequence[Identity], judge: Callable[[Signed, Sequence[bytes]], Verified]
    ) -> None:
        self.entity = raw
        self.result = SmimeResult()
        self.certificate: Certificate | None = None
        self.capabilities: tuple[str, ...] = ()
        self._identities = identities
        self._verify = judge

    def take_off(self) -> None:
        for _layer in range(MAX_LAYERS):
            try:
                wrapper = wrapper_of(self.entity)
                if wrapper is None or not self._take_off(wrapper):
                    return
            except Unreadable as error:
                self._not_opened(EncryptionState.BROKEN, f"What is inside cannot be read: {error}")
                return
        if _is_wrapped(self.entity):
            self._not_opened(EncryptionState.UNSUPPORTED, f"It is wrapped more than {MAX_LAYERS} times.")

    def _take_off(self, wrapper: Wrapper) -> bool:
        """Bring `entity` one layer further in; False when there is nothing more to take off."""
        if isinstance(wrapper, Mixed):
            self._judge(Verified(SmimeResult(signature=SignatureState.PARTIAL)))
            return False
        if isinstance(wrapper, Detached):
            return self._detached(wrapper)
        return self._wrapped(wrapper)

    def _detached(self, wrapper: Detached) -> bool:
        try:
            structure = structure_in(wrapper.signature)
        except Malformed as error:
            self._judge(Verified(_unreadable_signature(str(error))))
            structure = None
        if isinstance(structure, Signed):
            self._judge(self._verify(structure, line_ends(wrapper.entity)))
        elif structure is not None:
            self._judge(Verified(_unreadable_signature("What should be a signature is none.")))
        self.entity = wrapper.entity
        return True

    def _wrapped(self, wrapper: Wrapped) -> bool:
        try:
            structure = structure_in(wrapper.structure)
        except Malformed as error:
            self._not_opened(EncryptionState.BROKEN, str(error))
            return False
        if isinstance(structure, Enveloped):
            return self._enveloped(structure)
        if isinstance(structure, Compressed):
            self.entity = structure.content
            return True
        if isinstance(structure, Certs) or structure.content is None or not looks_like_entity(structure.content):
            # Certificates that somebody sends around, a signed document: an attachment like any other.
            return False
        self._judge(self._verify(structure, (structure.content,)))
        self.entity = structure.content
        return True

    def _enveloped(self, structure: Enveloped) -> bool:
        opened = decrypt(structure, self._identities)
        if opened.content is None:
            self._not_opened(opened.state, opened.reason)
            return False
        self.entity = opened.content
        self.result = replace(self.result, encryption=opened.state, opened_with=opened.opened_with)
        return True

    def _not_opened(self, state: EncryptionState, reason: str) -> None:
        self.result = replace(self.result, encryption=state, encryption_reason=reason)

    def _judge(self, verified: Verified) -> None:
        """Of several signatures the worst counts, and of equal ones the inner: its signer knew what it says."""
        found = verified.result
        if _SEVERITY.index(found.signature) < _SEVERITY.index(self.result.signature):
            return
        self.result = replace(
            found,
            encryption=self.result.encryption,
            encryption_reason=self.result.encryption_reason,
            opened_with=self.result.opened_with,
        )
        self.certificate, self.capabilities = verified.certificate, verified.capabilities


def _not_judged(_signed: Signed, _contents: Sequence[bytes]) -> Verified:
    return Verified(SmimeResult())


def _senders(mail: Mail) -> frozenset[str]:
    return frozenset(normalise(one.addr_spec) for one in mail.from_ if one.addr_spec)


def _is_wrapped(entity: bytes) -> bool:
    try:
        return wrapper_of(entity) is not None
    except Unreadable:
        # The parser says so too, and has better words for it.
        return False


def _beside(entity: bytes, mail: Mail, result: SmimeResult) -> SmimeResult:
    """Add that parts of a mail are signed or encrypted which is not so as a whole."""
    if not concerns(mail) or result.encryption not in (EncryptionState.NONE, EncryptionState.DECRYPTED):
        return result
    structures = structures_beside(entity)
    if any(isinstance(one, Enveloped) for one in structures) and result.encryption is EncryptionState.NONE:
        result = replace(result, encryption=EncryptionState.PARTIAL)
    if any(isinstance(one, Signed) for one in structures) and result.signature is SignatureState.NONE:
        result = replace(result, signature=SignatureState.PARTIAL)
    return result


def _shown(outer: Mail, inner: Mail, result: SmimeResult) -> Mail:
    """Return the outer mail with the content of the inner one.

    What the header of the mail says stays, but for what describes the content. Some programs hide the subject of
    encrypted mail and put the real one inside (RFC 9788).
    """
    content_fields = tuple(field for field in inner.headers if _is_content_field(field[0]))
    other_fields = tuple(field for field in outer.headers if not _is_content_field(field[0]))
    protects_subject = result.is_decrypted and any(_protects_header(*field) for field in content_fields)
    return replace(
        outer,
        subject=inner.subject if protects_subject and inner.subject else outer.subject,
        text=inner.text,
        html=inner.html,
        attachments=inner.attachments,
        headers=other_fields + content_fields,
        defects=tuple(dict.fromkeys((*outer.defects, *(one for one in inner.defects if one not in _OF_A_HEADER)))),
    )


def _is_content_field(name: str) -> bool:
    return name.lower().startswith("content-")


def _protects_header(name: str, value: str) -> bool:
    lowered = value.lower()
    return name.lower() == "content-type" and ("protected-headers" in lowered or "hp=" in lowered.replace(" ", ""))


def _unreadable_signature(reason: str) -> SmimeResult:
    return SmimeResult(signature=SignatureState.UNSUPPORTED, signature_reason=reason)


# An entity inside has no header of a mail, and need not have one.
_OF_A_HEADER = frozenset({"no_from", "no_date"})
# The worst last.
_SEVERITY = (
    SignatureState.NONE,
    SignatureState.VALID,
    SignatureState.UNTRUSTED,
    SignatureState.EXPIRED,
    SignatureState.UNSUPPORTED,
    SignatureState.PARTIAL,
    SignatureState.ANOTHER_ADDRESS,
    SignatureState.INVALID,
)
