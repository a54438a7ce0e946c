"""Workers that die after they put a copy into Sent: no second copy follows, and none is missing."""

from datetime import timedelta

import pytest

from mailboxes import appending, delivering
from mailboxes.models import SentCopy
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol
from tests.realservers.mail import MailServers
from tests.reliability.office import make_real_office
from tests.reliability.workers import Runner

pytestmark = pytest.mark.django_db(transaction=True)

KILLS = 3


def test_an_appender_killed_after_append_leaves_one_copy_and_the_next_one_adds_none(
    mail_servers: MailServers, runner: Runner
) -> None:
    office = make_real_office(mail_servers, Protocol.IMAP, copy_mail=True)
    reader = mail_servers.new_user("customers.example")
    with tenant_scope(office.tenant.pk):
        for number in range(1, KILLS + 1):
            office.submit(office.outgoing, reader.address, number=number)
        delivering.deliver_due(office.outgoing.pk, now=clock.now)
        assert SentCopy.objects.count() == KILLS

        for _ in range(KILLS):
            _let_leases_and_waits_pass()
            assert runner.is_killed(
                "append_sent_copies", office.tenant.pk, office.incoming.pk, failpoint="append.appended"
            )
        _let_leases_and_waits_pass()
        assert runner.works("append_sent_copies", office.tenant.pk, office.incoming.pk)

        assert set(SentCopy.objects.values_list("state", flat=True)) == {SentCopy.State.DONE}
        assert not appending.due(clock.now()).exists()
    assert len(mail_servers.messages_in(office.user.address, "Sent")) == KILLS


def _let_leases_and_waits_pass() -> None:
    past = clock.now() - timedelta(seconds=1)
    SentCopy.objects.filter(state=SentCopy.State.WAITING).update(not_before=past, lease_until=past)
