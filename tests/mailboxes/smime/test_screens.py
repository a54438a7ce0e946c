"""Settings → Certificates, and the section of a mailbox (SPEC M18)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes import certificates
from mailboxes.forms.certificates import MAX_FILE_BYTES
from mailboxes.models import CorrespondentCertificate, SigningIdentity, TrustedAuthority
from mailboxes.smime.states import SignatureState, SmimeResult
from mailhub import clock
from mailhub.tenancy import rotating
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, signed_in
from tests.mailboxes.smime.accounts import give_key, trust
from tests.mailboxes.smime.authority import NOW, Holder, authority, person, rsa_key

pytestmark = pytest.mark.django_db

LIST = "mailboxes:certificate-list"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def upload(cast: Cast, route: str, file: bytes, **more: Any) -> Any:
    files = {"file": SimpleUploadedFile("upload", file), **more}
    return signed_in(cast.owner).post(reverse(route), files)


def identities(cast: Cast) -> list[SigningIdentity]:
    with tenant_scope(cast.tenant.pk):
        return list(SigningIdentity.objects.all())


def test_a_pkcs12_file_is_added_and_its_key_sealed(cast: Cast, office: Holder) -> None:
    answer = upload(cast, "mailboxes:certificate-add", office.pkcs12("open sesame"), password="open sesame")

    assert answer.status_code == 302
    [identity] = identities(cast)
    assert (identity.address, identity.issuer_name) == ("office@harbor.example", "Example CA")
    assert identity.x509() == office.certificate
    assert identity.created_by == cast.owner
    with tenant_scope(cast.tenant.pk):
        assert identity.private_key.reveal().reveal() == office.key_pem.decode()
    assert b"PRIVATE KEY" not in identity.private_key.sealed


def test_pem_files_are_added(cast: Cast, office: Holder) -> None:
    key = SimpleUploadedFile("key.pem", office.encrypted_key_pem("open sesame"))

    upload(cast, "mailboxes:certificate-add", office.certificate_pem, key_file=key, password="open sesame")

    assert [one.fingerprint for one in identities(cast)] == [office.certificate.fingerprint]


def test_a_certificate_for_two_addresses_serves_both(cast: Cast, example_ca: Holder) -> None:
    both = person(example_ca, "office@harbor.example", "Shop@harbor.example", key=rsa_key(2))

    upload(cast, "mailboxes:certificate-add", both.pkcs12("x"), password="x")

    assert [one.address for one in identities(cast)] == ["office@harbor.example", "shop@harbor.example"]


def test_the_same_certificate_once_more_changes_nothing(cast: Cast, office: Holder) -> None:
    for _time in range(2):
        upload(cast, "mailboxes:certificate-add", office.pkcs12("x"), password="x")

    assert len(identities(cast)) == 1


def test_a_wrong_password_stands_on_its_field_and_is_not_shown_again(cast: Cast, office: Holder) -> None:
    answer = upload(cast, "mailboxes:certificate-add", office.pkcs12("open sesame"), password="mellon")

    assert answer.status_code == 422
    assert answer.context["form"].errors == {"password": ["The password does not open this file."]}
    assert b"mellon" not in answer.content
    assert identities(cast) == []


@pytest.mark.parametrize("file", [b"hello", b"", bytes(MAX_FILE_BYTES + 1)])
@pytest.mark.parametrize("route", ["mailboxes:certificate-add", "mailboxes:authority-add"])
def test_a_damaged_empty_or_large_file_stands_on_its_field(route: str, file: bytes, cast: Cast) -> None:
    answer = upload(cast, route, file)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["file"]


def test_a_missing_key_stands_on_the_field_of_the_key(cast: Cast, office: Holder) -> None:
    answer = upload(cast, "mailboxes:certificate-add", office.certificate_pem)

    assert list(answer.context["form"].errors) == ["key_file"]


def test_an_account_has_a_limited_number_of_certificates(
    cast: Cast, office: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "MAX_IDENTITIES", 0)

    answer = upload(cast, "mailboxes:certificate-add", office.pkcs12("x"), password="x")

    assert answer.status_code == 422
    assert "Delete old ones" in answer.context["form"].errors["file"][0]


def test_deleting_says_first_what_is_lost(cast: Cast, office: Holder) -> None:
    identity = give_key(cast.owner, office)
    url, owner = reverse("mailboxes:certificate-delete", args=[identity.pk]), signed_in(cast.owner)

    page = owner.get(url)
    after_looking = len(identities(cast))
    owner.post(url)

    assert "can then not be opened any more" in page.content.decode()
    assert after_looking == 1
    assert identities(cast) == []


def test_authorities_are_added_listed_and_deleted(cast: Cast, example_ca: Holder) -> None:
    other = authority("Other CA")
    owner = signed_in(cast.owner)

    upload(cast, "mailboxes:authority-add", example_ca.certificate_pem + other.certificate_pem)
    listed = owner.get(reverse(LIST)).content.decode()
    with tenant_scope(cast.tenant.pk):
        first = TrustedAuthority.objects.get(name="Example CA")
    owner.post(reverse("mailboxes:authority-delete", args=[first.pk]))

    assert "Example CA" in listed
    assert "Other CA" in listed
    with tenant_scope(cast.tenant.pk):
        assert [one.name for one in TrustedAuthority.objects.all()] == ["Other CA"]


def test_the_list_says_how_each_certificate_is_doing(cast: Cast, example_ca: Holder) -> None:
    now = clock.now()
    for number, days in enumerate((-1, 10, 200)):
        holder = person(
            example_ca,
            f"box{number}@harbor.example",
            not_before=now - timedelta(days=9),
            not_after=now + timedelta(days=days),
        )
        give_key(cast.owner, holder)

    rows = signed_in(cast.owner).get(reverse(LIST)).context["rows"]

    assert [row.word for row in rows] == ["Expired", "Expires soon", "Valid"]


def test_certificates_of_correspondents_are_trusted_and_removed_by_a_person(cast: Cast, anna: Holder) -> None:
    kept = remember(cast, anna, SignatureState.UNTRUSTED)
    owner = signed_in(cast.owner)

    before = owner.get(reverse("mailboxes:correspondent-list")).context["rows"][0].word
    owner.post(reverse("mailboxes:correspondent-trust", args=[kept.pk]))
    with tenant_scope(cast.tenant.pk):
        trusted = kept.refreshed()
    owner.post(reverse("mailboxes:correspondent-remove", args=[kept.pk]))

    assert before == "Not trusted"
    assert (trusted.is_trusted, trusted.is_pinned) == (True, True)
    with tenant_scope(cast.tenant.pk):
        assert not CorrespondentCertificate.objects.exists()


def test_lists_ask_no_query_for_each_row(cast: Cast, example_ca: Holder) -> None:
    def count(route: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(reverse(route)).status_code == 200
        return len(queries)

    owner = signed_in(cast.owner)
    routes = (LIST, "mailboxes:correspondent-list")
    _fill(cast, example_ca, range(1))
    # The first page of a session notes the browser too.
    owner.get(reverse(LIST))
    few = [count(route) for route in routes]
    _fill(cast, example_ca, range(1, 6))

    assert [count(route) for route in routes] == few


def test_the_section_of_a_mailbox_shows_which_addresses_have_a_certificate(cast: Cast, example_ca: Holder) -> None:
    give_key(cast.owner, person(example_ca, cast.mailbox.address, not_after=NOW + timedelta(days=3000)))
    give_key(cast.owner, person(example_ca, cast.hidden_mailbox.address))
    url = reverse("mailboxes:mailbox-certificates", args=[cast.mailbox.pk])

    page = signed_in(cast.member).get(url)

    [row] = page.context["rows"]
    assert (row.address, row.row.certificate.issuer_name) == (cast.mailbox.address, "Example CA")
    assert cast.hidden_mailbox.address not in page.content.decode()


def test_only_who_manages_the_account_sees_certificates(cast: Cast, office: Holder) -> None:
    give_key(cast.owner, office)

    assert signed_in(cast.member).get(reverse(LIST)).status_code == 403
    assert b"office@harbor.example" not in signed_in(cast.stranger).get(reverse(LIST)).content


def test_private_keys_are_sealed_anew_when_the_key_is_rotated(cast: Cast, office: Holder) -> None:
    identity = give_key(cast.owner, office)
    before = identities(cast)[0].private_key.sealed

    rotating.rotate(wait=lambda _seconds: None)

    [after] = identities(cast)
    assert after.pk == identity.pk
    assert after.private_key.sealed != before
    with tenant_scope(cast.tenant.pk):
        assert after.private_key.reveal().reveal() == office.key_pem.decode()


def remember(cast: Cast, holder: Holder, state: SignatureState) -> CorrespondentCertificate:
    certificate = holder.certificate
    result = SmimeResult(signature=state, signer_name=certificate.name, signer_address=certificate.addresses[0])
    with tenant_scope(cast.tenant.pk):
        certificates.remember_correspondent(cast.tenant.pk, certificate, result, now=NOW)
        return CorrespondentCertificate.objects.get(fingerprint=certificate.fingerprint)


def _fill(cast: Cast, example_ca: Holder, numbers: range) -> None:
    for number in numbers:
        give_key(cast.owner, person(example_ca, f"box{number}@harbor.example"))
        trust(cast.owner, authority(f"CA {number}"))
        remember(cast, person(example_ca, f"person{number}@example.com"), SignatureState.VALID)
