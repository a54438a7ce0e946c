"""From a signer to an authority that is trusted."""

from __future__ import annotations

import time

import pytest

from mailboxes.smime.chains import find_anchor
from mailboxes.smime.states import SignatureState
from tests.mailboxes.smime.authority import NOW, Holder, authority, person
from tests.mailboxes.smime.opened import opened
from tests.mailboxes.smime.openssl import ENTITY, Openssl, mail_of


def test_the_authorities_between_come_with_the_mail(openssl: Openssl, example_ca: Holder) -> None:
    upper = authority("Upper", issuer=example_ca)
    lower = authority("Lower", issuer=upper)
    signer = person(lower, "anna@example.com")

    with_chain = mail_of(openssl.sign(ENTITY, signer, chain=(lower, upper)))
    without = mail_of(openssl.sign(ENTITY, signer))

    assert opened(with_chain, example_ca).result.signature is SignatureState.VALID
    assert opened(without, example_ca).result.signature is SignatureState.UNTRUSTED


def test_a_person_cannot_issue_certificates(example_ca: Holder) -> None:
    mallory = authority("Mallory", issuer=example_ca, is_authority=False)
    forged = person(mallory, "anna@example.com")

    assert _anchor(forged, (mallory,), example_ca) is None


def test_an_authority_issues_no_deeper_than_it_may() -> None:
    root = authority(path_length=0)
    lower = authority("Lower", issuer=root)

    assert _anchor(person(root, "anna@example.com"), (), root) == root
    assert _anchor(person(lower, "anna@example.com"), (lower,), root) is None


@pytest.mark.parametrize(
    ("permitted", "is_valid"),
    [("example.com", True), ("anna@example.com", True), ("example.org", False), (".example.com", False)],
)
def test_an_authority_issues_for_the_addresses_that_it_may(permitted: str, is_valid: bool, example_ca: Holder) -> None:
    limited = authority("Limited", issuer=example_ca, permitted=permitted)

    found = _anchor(person(limited, "anna@example.com"), (limited,), example_ca)

    assert (found == example_ca) is is_valid


def test_a_certificate_can_be_trusted_by_itself() -> None:
    alone = person(None, "anna@example.com")

    assert _anchor(alone, (), alone) == alone


def test_a_chain_that_goes_round_ends(example_ca: Holder) -> None:
    first = authority("Round")
    between = tuple(Holder(first.key, authority("Round", issuer=first).x509) for _time in range(18))
    signer = person(first, "anna@example.com")
    began = time.monotonic()

    assert _anchor(signer, between, example_ca) is None
    assert time.monotonic() - began < 5


def _anchor(signer: Holder, between: tuple[Holder, ...], *authorities: Holder) -> Holder | None:
    found = find_anchor(
        signer.certificate, [one.certificate for one in between], [one.certificate for one in authorities], at=NOW
    )
    return next((one for one in authorities if one.certificate == found), None)
