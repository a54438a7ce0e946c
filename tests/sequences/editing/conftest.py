"""What tests of writing sequences begin with."""

import pytest
from django.test import Client

from mailboxes.models import Mailbox
from sequences.models import Sequence
from tests.factories import Cast, signed_in
from tests.sequences.factories import Mail, make_sequence


@pytest.fixture
def browser(cast: Cast) -> Client:
    return signed_in(cast.owner)


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    """Three mails: a first one, one in its thread, and one with a subject of its own."""
    mails = [Mail(), Mail(subject="", delay=3), Mail(subject="One more thing", delay=2)]
    return make_sequence(mailbox, author=cast.owner, steps=mails)
