"""Whatever a client sends, it gets replies or an end; nothing breaks, and nobody else notices."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailboxes.inbound import commands
from mailboxes.inbound.addressing import Directory
from mailboxes.inbound.replies import Refused
from tests.mailboxes.inbound.running import ADDRESS, DOMAIN, FakeStore, Running

_PIECES = st.sampled_from(
    [
        *(
            f"{verb} ".encode()
            for verb in ("EHLO", "MAIL FROM:", "RCPT TO:", "DATA", "RSET", "NOOP", "VRFY", "STARTTLS")
        ),
        *(b"\r\n", b"\n", b"\r", b".", b"\r\n.\r\n", b"<", b">", b"@", b'"', b"\\", b"\x00", b"\xff", b" ", b":"),
        b"<ann@customer.example>",
        f"<{ADDRESS}>".encode(),
        b"x" * 2100,
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(_PIECES, max_size=40))
def test_any_octets_are_answered_or_ended(listener: Running, store: FakeStore, pieces: list[bytes]) -> None:
    with listener.client() as client:
        # It may have ended before it read everything.
        with suppress(OSError):
            client.sends(b"".join(pieces))
            client.end_of_sending()
        replies = client.hear_all()

    assert not [reply for reply in replies if reply.startswith("421 4.3.0")]
    with listener.client() as client:
        assert client.deliver(b"Somebody else\r\n").startswith("250")


@given(line=st.binary(max_size=300) | st.lists(_PIECES, max_size=12).map(b"".join))
def test_a_command_line_is_read_or_refused(line: bytes) -> None:
    try:
        command = commands.read(line)
        commands.read_mail(command.argument)
    except Refused:
        return
    assert command.verb == command.verb.upper()


@given(path=st.text(max_size=60).map(lambda text: f"{text}@{DOMAIN}") | st.text(max_size=60))
def test_a_path_names_a_token_or_is_refused(path: str) -> None:
    try:
        address = Directory(DOMAIN).read(path)
    except Refused:
        return
    assert len(address.token) == 16
