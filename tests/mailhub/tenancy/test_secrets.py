"""Secrets are sealed at rest, for their place only, and never shown (SPEC M19, T9)."""

import base64

import pytest
from django.db import connection
from pytest_django import Settings

from mailhub.lib.crypto import SealBroken, key_id_of
from mailhub.lib.secret import Secret
from mailhub.tenancy import blobs, sealing
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.rotating import rewrap_all, rotate, secret_columns
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.models import IncomingServer, OutgoingServer
from tests.factories import Cast, make_cast, make_incoming

pytestmark = pytest.mark.django_db

NEW_KEY = base64.b64encode(b"n" * 32).decode()


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_a_password_comes_back_by_reveal_only(cast: Cast) -> None:
    server = make_incoming(cast.mailbox, password="pw-CANARY")

    with tenant_scope(cast.tenant.pk):
        again = IncomingServer.objects.get(pk=server.pk)

    assert again.password.reveal() == Secret("pw-CANARY")
    assert "CANARY" not in repr(again.password) + str(again.__dict__)


def test_the_database_does_not_hold_the_password(cast: Cast) -> None:
    make_incoming(cast.mailbox, password="pw-CANARY")

    with unscoped("a test reads the raw column"), connection.cursor() as cursor:
        cursor.execute("SELECT password FROM servers_incomingserver")
        stored = bytes(cursor.fetchone()[0])

    assert b"CANARY" not in stored


def test_a_ciphertext_copied_to_another_row_does_not_open(cast: Cast) -> None:
    """SECURITY B109."""
    first, second = make_incoming(cast.mailbox, is_primary=False), make_incoming(cast.hidden_mailbox)

    second.password = first.password.sealed

    with pytest.raises(SealBroken):
        second.password.reveal()


def test_a_ciphertext_of_another_tenant_does_not_open(cast: Cast) -> None:
    sealed = sealing.seal(cast.tenant.pk, b"secret", place="here")

    with pytest.raises(SealBroken):
        sealing.unseal(cast.other_tenant.pk, sealed, place="here")


def test_a_secret_cannot_be_set_by_a_query(cast: Cast) -> None:
    make_incoming(cast.mailbox)

    with tenant_scope(cast.tenant.pk), pytest.raises(TypeError):
        IncomingServer.objects.update(password=Secret("plain"))


def test_plain_text_is_refused_where_a_secret_belongs(cast: Cast) -> None:
    server = make_incoming(cast.mailbox)

    with pytest.raises(TypeError):
        server.password = "plain"


def test_rotation_wraps_every_data_key_anew_and_the_old_key_can_go(cast: Cast, settings: Settings) -> None:
    """SECURITY B110."""
    server = make_incoming(cast.mailbox, password="pw")
    settings.MAILHUB_KEYS = {"new": NEW_KEY, **settings.MAILHUB_KEYS}

    rewrapped = rewrap_all()
    settings.MAILHUB_KEYS = {"new": NEW_KEY}
    sealing.forget_keys()

    assert rewrapped == Tenant.objects.count()
    assert rewrap_all() == 0
    with tenant_scope(cast.tenant.pk):
        assert IncomingServer.objects.get(pk=server.pk).password.reveal() == Secret("pw")
    sealing.forget_keys()


def test_rotation_seals_every_secret_anew_while_mail_stays_readable(cast: Cast, settings: Settings) -> None:
    """SECURITY B110, SPEC M19."""
    server, stranger = make_incoming(cast.mailbox, password="pw"), make_incoming(cast.other_mailbox, password="other")
    digest = blobs.put(cast.tenant.pk, b"Subject: old\r\n\r\n")
    before = server.password.sealed
    settings.MAILHUB_KEYS = {"new": NEW_KEY, **settings.MAILHUB_KEYS}
    waited: list[float] = []

    rotation = rotate(wait=waited.append)
    settings.MAILHUB_KEYS = {"new": NEW_KEY}
    sealing.forget_keys()

    assert rotation.resealed_count >= 2
    assert waited == [2 * sealing.NEWEST_KEY_SECONDS]
    with unscoped("a test looks at the secrets of both tenants"):
        after = IncomingServer.objects.get(pk=server.pk).password
        assert key_id_of(after.sealed) == sealing.newest_key_id(cast.tenant.pk) != key_id_of(before)
        assert after.reveal() == Secret("pw")
        assert IncomingServer.objects.get(pk=stranger.pk).password.reveal() == Secret("other")
    assert blobs.get(cast.tenant.pk, digest) == b"Subject: old\r\n\r\n"


def test_a_secret_that_was_sealed_with_the_former_key_during_the_rotation_is_taken_by_the_second_pass(
    cast: Cast,
) -> None:
    server = make_incoming(cast.mailbox, password="pw")
    with tenant_scope(cast.tenant.pk):
        old = IncomingServer.objects.get(pk=server.pk).password.sealed

    def write_late(_seconds: float) -> None:
        with tenant_scope(cast.tenant.pk):
            IncomingServer.objects.filter(pk=server.pk).update(password=old)

    rotate(wait=write_late)

    with tenant_scope(cast.tenant.pk):
        password = IncomingServer.objects.get(pk=server.pk).password
        assert key_id_of(password.sealed) == sealing.newest_key_id(cast.tenant.pk)
        assert password.reveal() == Secret("pw")


def test_a_password_that_is_saved_during_the_rotation_stays(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_incoming(cast.mailbox, password="former")
    real_unseal = sealing.unseal

    def unseal_while_a_person_saves(tenant_id: int, sealed: bytes, *, place: str) -> bytes:
        opened = real_unseal(tenant_id, sealed, place=place)
        if opened == b"former":
            server.password = Secret("newer")
            server.save(update_fields=["password"])
        return opened

    monkeypatch.setattr(sealing, "unseal", unseal_while_a_person_saves)
    rotate(wait=lambda _seconds: None)
    monkeypatch.undo()

    with tenant_scope(cast.tenant.pk):
        assert IncomingServer.objects.get(pk=server.pk).password.reveal() == Secret("newer")


def test_every_column_of_secrets_is_known_to_the_rotation() -> None:
    assert (IncomingServer, "password") in secret_columns()
    assert (OutgoingServer, "password") in secret_columns()


def test_a_stored_mail_is_sealed_and_belongs_to_its_tenant(cast: Cast, settings: Settings) -> None:
    digest = blobs.put(cast.tenant.pk, b"Subject: CANARY\r\n\r\n")

    on_disk = [path.read_bytes() for path in settings.STORAGE_ROOT.rglob(digest)]

    assert blobs.get(cast.tenant.pk, digest) == b"Subject: CANARY\r\n\r\n"
    assert on_disk
    assert all(b"CANARY" not in one for one in on_disk)
    with pytest.raises(blobs.BlobMissing):
        blobs.get(cast.other_tenant.pk, digest)
