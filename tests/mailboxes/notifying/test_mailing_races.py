"""Two workers, and a person who looks at the same moment: one mail, or none. On both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from mailboxes.models import Notification, OutgoingMessage
from mailboxes.notifying import mailing, seeing, telling
from mailboxes.platform import ensure_platform
from mailboxes.system_mail import PlatformNotReady
from mailhub.tenancy.scope import tenant_scope, unscoped
from tests.factories import Cast, make_cast
from tests.mailboxes.notifying.rows import NOON, make_conversation
from tests.mailboxes.notifying.test_mailing import DUE

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4


@pytest.fixture
def cast() -> Cast:
    """The member was told of three conversations, and has not looked."""
    cast = make_cast()
    with tenant_scope(cast.tenant.pk):
        conversations = [make_conversation(cast.mailbox, f"Number {number}") for number in range(3)]
        telling.tell_assigned(conversations, cast.member, actor=None, now=NOON)
    return cast


@pytest.fixture
def platform(transactional_db: None) -> None:
    ensure_platform("smtp+starttls://mailer:p%40ss@smtp.mailhub.example", "no-reply@mailhub.example")


def _mail(cast: Cast) -> bool:
    try:
        with tenant_scope(cast.tenant.pk):
            return mailing.mail_to(cast.member.pk, now=DUE)
    finally:
        connection.close()


def _look(cast: Cast) -> int:
    try:
        with tenant_scope(cast.tenant.pk):
            first = Notification.objects.order_by("pk")[0]
            return seeing.read(first.pk, cast.member, now=DUE)
    finally:
        connection.close()


def _sent() -> int:
    with unscoped("a test looks at all tenants"):
        return int(OutgoingMessage.objects.filter(origin=OutgoingMessage.Origin.SYSTEM).count())


@pytest.mark.usefixtures("platform")
def test_of_several_workers_one_sends(cast: Cast) -> None:
    with ThreadPoolExecutor(WORKERS) as workers:
        sent = list(workers.map(lambda _number: _mail(cast), range(WORKERS)))

    assert sum(sent) == 1
    assert _sent() == 1


@pytest.mark.usefixtures("platform")
def test_whoever_looks_at_the_same_moment_loses_nothing_and_gets_nothing_twice(cast: Cast) -> None:
    with ThreadPoolExecutor(2) as both:
        mailed, looked = both.submit(_mail, cast), both.submit(_look, cast)
        first, _ = mailed.result(), looked.result()
    second = _mail(cast)

    assert first != second
    assert _sent() == 1
    with tenant_scope(cast.tenant.pk):
        waiting = Notification.objects.filter(read_at=None, mailed_at=None)
        assert not waiting.exists()


def test_what_cannot_be_written_now_is_sent_later(cast: Cast) -> None:
    with pytest.raises(PlatformNotReady):
        _mail(cast)
    ensure_platform("smtp+starttls://mailer:p%40ss@smtp.mailhub.example", "no-reply@mailhub.example")

    assert _mail(cast)
    assert _sent() == 1
