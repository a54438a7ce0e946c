"""Which providers put what is sent through them into Sent by themselves."""

import pytest

from servers.models import IncomingServer, OutgoingServer
from servers.sent_copies import provider_keeps_copy


@pytest.mark.parametrize(
    ("fetched_from", "submitted_to", "keeps"),
    [
        ("imap.gmail.com", "smtp.gmail.com", True),
        ("outlook.office365.com", "smtp.office365.com", True),
        ("IMAP.GMAIL.COM", "smtp.googlemail.com", True),
        ("imap.gmail.com", "smtp.office365.com", False),
        ("imap.gmail.com", "email-smtp.eu-west-1.amazonaws.com", False),
        ("imap.example.com", "smtp.example.com", False),
    ],
)
def test_both_sides_must_be_of_one_provider_that_does_it(fetched_from: str, submitted_to: str, keeps: bool) -> None:
    incoming = IncomingServer(host=fetched_from, username="Ada@example.com")
    outgoing = OutgoingServer(host=submitted_to, username="ada@example.com")

    assert provider_keeps_copy(incoming, outgoing) is keeps


def test_a_copy_in_the_account_of_somebody_else_does_not_count() -> None:
    incoming = IncomingServer(host="imap.gmail.com", username="support@example.com")
    outgoing = OutgoingServer(host="smtp.gmail.com", username="ada@example.com")

    assert not provider_keeps_copy(incoming, outgoing)
