import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.envelope import (
    Envelope,
    MessageTooLarge,
    RcptReply,
    Reply,
    enhanced_status_of,
    mail_parameters,
    path,
    to_wire,
)


def _unstuffed(body: bytes) -> bytes:
    """Read a message as a server does (RFC 5321 §4.5.2), which must meet its end only at the end."""
    lines = body.split(b"\r\n")
    assert b"." not in lines
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)


@given(st.lists(st.sampled_from([b"a", b".", b"..", b"\r", b"\n", b"\r\n", b"\xff", b"MAIL FROM:<x>"])).map(b"".join))
def test_no_message_ends_before_its_end(raw: bytes) -> None:
    """SECURITY B049."""
    body = to_wire(raw)

    assert body.endswith(b"\r\n")
    assert body.count(b"\r") == body.count(b"\n") == body.count(b"\r\n")
    normal = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    assert _unstuffed(body) == (normal if normal.endswith(b"\r\n") else normal + b"\r\n")


@pytest.mark.parametrize(
    ("address", "on_the_wire"),
    [
        ("ada@example.com", "ada@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@faß.example", "ada@xn--fa-hia.example"),
        ("åda@example.com", "åda@example.com"),
        ('"x@evil.example x"@good.example', None),
        ("a@x.example\u200b", None),
        ("a@x.example>\r\nRCPT TO:<b@x.example", None),
        ("a@x.example> SIZE=1", None),
        ("nobody", None),
        ("@example.com", None),
        ("ada@", None),
    ],
)
def test_an_address_goes_on_the_wire_whole_or_not_at_all(address: str, on_the_wire: str | None) -> None:
    """SECURITY B048."""
    assert path(address) == on_the_wire


def test_parameters_are_named_only_when_advertised_and_needed() -> None:
    plain, international = Envelope("a@x.example", ("b@x.example",)), Envelope("a@x.example", ("bü@x.example",))
    everything = {"size": "1000", "8bitmime": "", "smtputf8": ""}

    assert mail_parameters(plain, b"text", 6, {}) == ()
    assert mail_parameters(plain, b"text", 6, everything) == (b"SIZE=6",)
    assert mail_parameters(plain, b"\xff", 6, everything) == (b"SIZE=6", b"BODY=8BITMIME")
    assert mail_parameters(international, b"text", 6, everything) == (b"SIZE=6", b"SMTPUTF8")


def test_a_message_beyond_the_advertised_size_is_too_large() -> None:
    envelope = Envelope("", ("b@x.example",))

    with pytest.raises(MessageTooLarge, match=r"1001 octets.*1000"):
        mail_parameters(envelope, b"", 1001, {"size": "1000"})

    assert mail_parameters(envelope, b"", 1001, {"size": "0"}) == (b"SIZE=1001",)
    assert mail_parameters(envelope, b"", 1001, {"size": "many"}) == (b"SIZE=1001",)


def test_552_is_transient_for_a_recipient_and_permanent_for_the_message() -> None:
    assert RcptReply(552, "").is_transient
    assert not RcptReply(552, "").is_permanent
    assert Reply(552, "").is_permanent


@pytest.mark.parametrize(
    ("text", "status"), [("5.1.1 no such user", "5.1.1"), ("4.7.0", "4.7.0"), ("queued", ""), ("3.1.1 odd", "")]
)
def test_the_enhanced_status_stands_at_the_start(text: str, status: str) -> None:
    assert enhanced_status_of(text) == status
