"""DKIM: the keys with which mail of a domain is signed (RFC 6376, RFC 8301)."""

import base64
import binascii

from mailhub.lib.dns import DnsFailure
from servers.sender_health.report import Check, LookUps, Publication, State, tags
from servers.sender_health.senders import Sender

TITLE = "DKIM"

# RFC 8301 §3.2: receivers ignore shorter keys than the one, senders should use the other.
_SHORTEST_VALID, _SHORTEST_GOOD = 1024, 2048


def check(domain: str, sender: Sender | None, selector: str, look_ups: LookUps) -> Check:
    """Check the keys under the sender's usual selectors, or under `selector` where one is given.

    Which selectors a domain has cannot be listed, so a key that is not found there may be elsewhere.
    """
    selectors = [selector] if selector else list(sender.dkim_selectors if sender else ())
    if not selectors:
        return Check(
            TITLE,
            State.UNKNOWN,
            "Keys stand under a selector, and which one this server signs with is not known here. It is in the header "
            "of a sent message, in DKIM-Signature, behind “s=”. Enter it above and check again.",
        )
    found: list[Check] = []
    failure: DnsFailure | None = None
    for one in selectors:
        name = f"{one}._domainkey.{domain}"
        try:
            found += [_judged(name, record) for record in look_ups.texts(name) if "p" in tags(record)]
        except DnsFailure as error:
            failure = error
    if found:
        # One key that works is enough: the others are there to change keys.
        return min(found, key=lambda one: one.state != State.OK)
    if failure is not None:
        words = f"{failure.words} Nothing can be said about the keys now; check again later."
        return Check(TITLE, State.UNKNOWN, words, failure.name)
    return _missing(domain, sender, selectors)


def _judged(name: str, record: str) -> Check:
    fields = tags(record)
    if not fields["p"]:
        words = "This key was revoked: mail that is signed with it counts as unsigned. Publish a new one."
        return Check(TITLE, State.WARNING, words, name, record)
    try:
        key = base64.b64decode("".join(fields["p"].split()), validate=True)
    except (binascii.Error, ValueError):
        words = "The key cannot be read; something was lost when it was copied. Publish it again, in one piece."
        return Check(TITLE, State.WARNING, words, name, record)
    is_rsa = fields.get("k", "rsa").lower() == "rsa"
    if is_rsa and (weakness := _weakness(rsa_bits(key))):
        return Check(TITLE, State.WARNING, weakness, name, record)
    if "y" in fields.get("t", "").lower().split(":"):
        words = "The key says that the domain is only testing, so receivers may treat signed mail as unsigned."
        return Check(TITLE, State.WARNING, words, name, record)
    words = "There is a key. Whether mail is signed with it shows in the header of a sent message."
    return Check(TITLE, State.OK, words, name, record)


def _weakness(bits: int | None) -> str:
    if bits is None:
        return "The key cannot be read; something was lost when it was copied. Publish it again, in one piece."
    if bits < _SHORTEST_VALID:
        return f"The key has only {bits} bits, and receivers ignore it. Have a key of 2,048 bits made."
    if bits < _SHORTEST_GOOD:
        return f"The key has {bits} bits. Receivers still take it, but 2,048 are recommended."
    return ""


def rsa_bits(key: bytes) -> int | None:
    """Return the length of an RSA key in bits; None when this is no public key (RFC 5280 §4.1, RFC 8017 A.1.1)."""
    try:
        _algorithm, after = _element(_content(key, 0x30), 0x30)
        # The first octet of a bit string counts its unused bits.
        numbers = _content(_content(after, 0x03)[1:], 0x30)
        modulus = _content(numbers, 0x02)
    except (IndexError, ValueError):
        return None
    return int.from_bytes(modulus, "big").bit_length()


def _content(octets: bytes, tag: int) -> bytes:
    return _element(octets, tag)[0]


def _element(octets: bytes, tag: int) -> tuple[bytes, bytes]:
    """Return the content of the DER element at the beginning and what follows it; raise ValueError or IndexError."""
    if octets[0] != tag:
        raise ValueError("Another element was expected.")
    length, start = octets[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(octets[2:start], "big")
    if len(octets) < start + length:
        raise ValueError("The element is cut off.")
    return octets[start : start + length], octets[start + length :]


def _missing(domain: str, sender: Sender | None, selectors: list[str]) -> Check:
    listed = ", ".join(selectors)
    if sender is None or not set(selectors) <= set(sender.dkim_selectors):
        words = f"There is no key under {listed}. Ask the provider of this server which record to publish."
        return Check(TITLE, State.MISSING, words, f"{selectors[0]}._domainkey.{domain}")
    publish: tuple[Publication, ...] = ()
    words = f"There is no key under {listed}, where {sender.name} has its keys."
    if sender.dkim_target:
        publish = tuple(
            Publication(f"{one}._domainkey.{domain}", "CNAME", sender.dkim_target.format(selector=one, domain=domain))
            for one in selectors
        )
    else:
        words += f" Switch DKIM on at {sender.name}: it shows you the record to publish."
    return Check(TITLE, State.MISSING, words, f"{selectors[0]}._domainkey.{domain}", publish=publish)
