"""A sequence that everything speaks for: its server is checked, its account has a postal address."""

import pytest

from mailboxes.models import Mailbox, ReplyCheck, ReplyProbe
from mailhub import clock
from sequences.models import SendingSettings, Sequence
from servers.models import OutgoingServer
from tests.factories import Cast
from tests.sequences.factories import make_sequence


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    draft = make_sequence(mailbox, author=cast.owner, state=Sequence.State.DRAFT, started_at=None, name="Autumn")
    assert draft.server is not None
    note_replies(draft.server, ReplyProbe.State.ARRIVED)
    SendingSettings.objects.create(
        tenant=cast.tenant, sender_line="Acme Ltd, 1 Long Lane, Bristol", changed_at=clock.now()
    )
    return draft


def note_replies(server: OutgoingServer, state: ReplyProbe.State) -> None:
    """Let the reply check of a server end, or run, in this state."""
    now = clock.now()
    common = {"tenant_id": server.tenant_id, "mailbox": server.mailbox}
    is_open = state == ReplyProbe.State.WAITING
    check = ReplyCheck.objects.create(
        outgoing_server=server, started_at=now, finished_at=None if is_open else now, **common
    )
    ReplyProbe.objects.create(
        check_run=check,
        role=ReplyProbe.Role.FROM,
        address=server.from_address,
        token=str(check.pk),
        state=state,
        sent_at=now,
        **common,
    )
