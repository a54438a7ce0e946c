"""What the listener answers to commands, in order and out of order."""

import pytest

from mailboxes.inbound.addressing import Directory
from mailboxes.inbound.letters import Outcome
from tests.mailboxes.inbound.running import (
    ADDRESS,
    DOMAIN,
    OTHER_ADDRESS,
    OTHER_TOKEN,
    TOKEN,
    FakeStore,
    Running,
)

MESSAGE = b"Subject: Hello\r\n\r\nHello there.\r\n"


def test_a_message_goes_from_greeting_to_goodbye(listener: Running, store: FakeStore) -> None:
    with listener.client(greets=False) as client:
        assert client.greeting == "220 mx.mailhub.example ESMTP mailhub"
        assert client.says("EHLO client.example").splitlines() == [
            "250-mx.mailhub.example",
            "250-PIPELINING",
            "250-SIZE 26214400",
            "250-8BITMIME",
            "250-SMTPUTF8",
            "250 ENHANCEDSTATUSCODES",
        ]
        assert client.says(f"MAIL FROM:<ann@customer.example> SIZE={len(MESSAGE)} BODY=8BITMIME").startswith(
            "250 2.1.0"
        )
        assert client.says(f"RCPT TO:<{ADDRESS}>").startswith("250 2.1.5")
        assert client.data(MESSAGE) == "250 2.0.0 Stored as 0123456789abcdef"
        assert client.says("QUIT").startswith("221 2.0.0")
        assert client.hear() == ""

    [letter] = store.letters
    assert letter.raw == MESSAGE
    assert (letter.envelope_from, letter.envelope_to) == ("ann@customer.example", ADDRESS)
    assert letter.destination == store.mailboxes[TOKEN]


def test_several_messages_go_over_one_connection(listener: Running, store: FakeStore) -> None:
    with listener.client() as client:
        for number in range(3):
            assert client.deliver(b"%d\r\n" % number).startswith("250")

    assert store.raws == [b"0\r\n", b"1\r\n", b"2\r\n"]


def test_helo_serves_clients_without_extensions(listener: Running) -> None:
    with listener.client(greets=False) as client:
        assert client.says("HELO client.example") == "250 mx.mailhub.example"
        assert client.deliver(MESSAGE).startswith("250")


def test_the_whole_transaction_may_come_in_one_piece(listener: Running, store: FakeStore) -> None:
    with listener.client() as client:
        client.sends(
            b"MAIL FROM:<>\r\nRCPT TO:<%b>\r\nDATA\r\nOne\r\n.\r\n" % ADDRESS.encode()
            + b"MAIL FROM:<>\r\nRCPT TO:<%b>\r\nDATA\r\nTwo\r\n.\r\nQUIT\r\n" % ADDRESS.encode()
        )
        replies = client.hear_all()

    assert [reply[:3] for reply in replies] == ["250", "250", "354", "250", "250", "250", "354", "250", "221"]
    assert store.raws == [b"One\r\n", b"Two\r\n"]


def test_the_null_sender_is_taken(listener: Running, store: FakeStore) -> None:
    with listener.client() as client:
        assert [reply[:3] for reply in client.envelope(sender="")] == ["250", "250"]
        assert client.data(MESSAGE).startswith("250")

    assert store.letters[0].envelope_from == ""


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("MAIL FROM:<ann@customer.example>", "503 5.5.1"),
        ("RCPT TO:<ann@customer.example>", "503 5.5.1"),
        ("DATA", "503 5.5.1"),
        ("EHLO", "501 5.5.4"),
        ("LHLO client.example", "500 5.5.2"),
        ("AUTH PLAIN AGFubgBzZWNyZXQ=", "502 5.5.1"),
        ("EXPN everybody", "502 5.5.1"),
        ("BDAT 10 LAST", "502 5.5.1"),
        ("STARTTLS", "502 5.5.1"),
        ("VRFY ann", "252 2.5.0"),
        ("NOOP", "250 2.0.0"),
        ("RSET", "250 2.0.0"),
        ("", "500 5.5.2"),
        ("HELO \x00", "501 5.5.4"),
        ("GET / HTTP/1.1", "500 5.5.2"),
        ("x" * 3000, "500 5.5.2"),
    ],
)
def test_what_comes_before_the_greeting_is_answered(listener: Running, line: str, reply: str) -> None:
    with listener.client(greets=False) as client:
        assert client.says(line).startswith(reply)
        assert client.says("EHLO client.example").startswith("250")


@pytest.mark.parametrize(
    ("argument", "reply"),
    [
        ("FROM:<ann@customer.example>", "250 2.1.0"),
        ("FROM: <ann@customer.example>", "250 2.1.0"),
        ("from:<Ann.O'Neil+x@customer.example> size=10 body=7bit", "250 2.1.0"),
        ('FROM:<"a <b> c"@customer.example>', "250 2.1.0"),
        ("FROM:<@relay.example,@other.example:ann@customer.example>", "250 2.1.0"),
        ("FROM:<änn@customer.example> SMTPUTF8", "250 2.1.0"),
        ("FROM:<änn@customer.example>", "553 5.6.7"),
        ("FROM:ann@customer.example", "501 5.1.7"),
        ("FROM:<ann>", "501 5.1.7"),
        ("FROM:<ann@customer.example", "501 5.1.7"),
        (f"FROM:<{'a' * 320}@customer.example>", "501 5.1.7"),
        ("TO:<ann@customer.example>", "501 5.5.4"),
        ("", "501 5.5.4"),
        ("FROM:<ann@customer.example> SIZE=26214400", "250 2.1.0"),
        ("FROM:<ann@customer.example> SIZE=26214401", "552 5.3.4"),
        ("FROM:<ann@customer.example> SIZE=ten", "555 5.5.4"),
        ("FROM:<ann@customer.example> BODY=BINARYMIME", "555 5.5.4"),
        ("FROM:<ann@customer.example> RET=FULL", "555 5.5.4"),
    ],
)
def test_mail_is_answered_by_its_argument(listener: Running, argument: str, reply: str) -> None:
    with listener.client() as client:
        assert client.says(f"MAIL {argument}").startswith(reply)


@pytest.mark.parametrize(
    ("argument", "reply"),
    [
        (f"TO:<{ADDRESS}>", "250 2.1.5"),
        (f"TO:<{ADDRESS.upper()}>", "250 2.1.5"),
        (f"TO:<{TOKEN}+r0a1b2c@{DOMAIN}>", "250 2.1.5"),
        (f'TO:<"{TOKEN}"@{DOMAIN}>', "250 2.1.5"),
        (f"TO:<@relay.example:{ADDRESS}>", "250 2.1.5"),
        (f"TO:<{ADDRESS}.>", "250 2.1.5"),
        (f"TO:<{OTHER_ADDRESS}>", "550 5.1.1"),
        (f"TO:<info@{DOMAIN}>", "550 5.1.1"),
        (f"TO:<postmaster@{DOMAIN}>", "550 5.1.1"),
        (f"TO:<{TOKEN}@elsewhere.example>", "550 5.7.1"),
        (f"TO:<{TOKEN}@sub.{DOMAIN}>", "550 5.7.1"),
        (f"TO:<ann%elsewhere.example@{DOMAIN}>", "550 5.1.1"),
        (f"TO:<{TOKEN}>", "501 5.1.3"),
        (f"TO:<@{DOMAIN}>", "501 5.1.3"),
        ("TO:<>", "501 5.1.3"),
        (f"TO:{ADDRESS}", "501 5.1.3"),
        (f"TO:<{ADDRESS}> NOTIFY=NEVER", "555 5.5.4"),
        (f"TO:<é@{DOMAIN}>", "553 5.6.7"),
    ],
)
def test_rcpt_is_answered_by_its_argument(listener: Running, argument: str, reply: str) -> None:
    with listener.client() as client:
        client.says("MAIL FROM:<ann@customer.example>")

        assert client.says(f"RCPT {argument}").startswith(reply)


def test_the_detail_of_an_address_is_kept_as_it_was_written(listener: Running, store: FakeStore) -> None:
    detailed = f"{TOKEN.upper()}+rSignedToken@{DOMAIN}"

    with listener.client() as client:
        client.deliver(MESSAGE, ADDRESS, detailed)

    assert [letter.envelope_to for letter in store.letters] == [detailed]


def test_mail_to_postmaster_goes_to_the_mailbox_of_the_operator(store: FakeStore) -> None:
    with Running(store, directory=Directory(DOMAIN, TOKEN)) as listener, listener.client() as client:
        assert client.deliver(MESSAGE, "Postmaster").startswith("250")
        assert client.deliver(MESSAGE, f"postmaster@{DOMAIN}").startswith("250")
        assert client.deliver(MESSAGE, f"Abuse@{DOMAIN}").startswith("250")

    assert [letter.destination for letter in store.letters] == [store.mailboxes[TOKEN]] * 3


def test_an_inactive_mailbox_lets_mail_wait_at_its_sender(listener: Running, store: FakeStore) -> None:
    store.open(OTHER_TOKEN, is_active=False)

    with listener.client() as client:
        assert client.envelope(OTHER_ADDRESS)[1].startswith("450 4.2.1")


def test_recipients_beyond_the_limit_come_later(store: FakeStore) -> None:
    with Running(store, recipients=2) as listener, listener.client() as client:
        replies = client.envelope(ADDRESS, ADDRESS, ADDRESS)

    assert [reply[:9] for reply in replies[1:]] == ["250 2.1.5", "250 2.1.5", "452 4.5.3"]


def test_a_message_without_a_recipient_that_was_taken_is_refused_before_its_octets(listener: Running) -> None:
    with listener.client() as client:
        client.envelope(OTHER_ADDRESS)

        assert client.says("DATA").startswith("503 5.5.1")


def test_rset_and_a_new_greeting_forget_the_envelope(listener: Running) -> None:
    with listener.client() as client:
        client.envelope()
        client.says("RSET")
        assert client.says("DATA").startswith("503")
        client.envelope()
        client.says("EHLO client.example")
        assert client.says(f"RCPT TO:<{ADDRESS}>").startswith("503")


def test_a_second_sender_is_refused(listener: Running) -> None:
    with listener.client() as client:
        client.envelope()

        assert client.says("MAIL FROM:<bob@customer.example>").startswith("503 5.5.1")


def test_nothing_that_the_client_said_stands_in_a_reply(listener: Running) -> None:
    with listener.client() as client:
        replies = [client.says("CANARY canary"), client.says("VRFY canary"), client.says("MAIL FROM:<canary")]

    assert not [reply for reply in replies if "canary" in reply.lower()]


def test_a_client_that_errs_again_and_again_is_sent_away(listener: Running) -> None:
    with listener.client() as client:
        client.says("MAIL FROM:<ann@customer.example>")
        for _ in range(21):
            last = client.says(f"RCPT TO:<{OTHER_ADDRESS}>")
        assert last.startswith("550")
        assert client.hear().startswith("421 4.7.0")
        assert client.hear() == ""


def test_a_client_that_only_chats_is_sent_away(listener: Running) -> None:
    with listener.client() as client:
        client.sends(b"NOOP\r\n" * 300)

        assert client.hear_all()[-1].startswith("421 4.7.0")


def test_commands_that_end_with_a_bare_line_feed_end_the_connection(listener: Running) -> None:
    with listener.client() as client:
        client.sends(b"MAIL FROM:<ann@customer.example>\nRCPT TO:<x@y.example>\r\n")

        assert [reply[:9] for reply in client.hear_all()] == ["500 5.5.2"]


def test_a_database_that_does_not_answer_is_no_unknown_mailbox(listener: Running, store: FakeStore) -> None:
    store.is_down = True

    with listener.client() as client:
        assert client.envelope()[1].startswith("451 4.3.0")


@pytest.mark.parametrize(
    ("outcome", "reply"), [(Outcome.FAILED, "451 4.3.0"), (Outcome.GONE, "550 5.1.1"), (Outcome.STORED, "250 2.0.0")]
)
def test_the_reply_to_the_dot_says_what_became_of_it(
    listener: Running, store: FakeStore, outcome: Outcome, reply: str
) -> None:
    store.outcomes[store.mailboxes[TOKEN].mailbox_id] = outcome

    with listener.client() as client:
        assert client.deliver(MESSAGE).startswith(reply)


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.GONE])
def test_one_recipient_that_fails_makes_smtp_come_again_for_all(
    listener: Running, store: FakeStore, outcome: Outcome
) -> None:
    store.outcomes[store.open(OTHER_TOKEN).mailbox_id] = outcome

    with listener.client() as client:
        assert client.deliver(MESSAGE, ADDRESS, OTHER_ADDRESS).startswith("451 4.3.0")

    assert [letter.envelope_to for letter in store.letters] == [ADDRESS]


def test_a_full_disk_refuses_before_the_octets_come(listener: Running, store: FakeStore) -> None:
    store.free_octets = 1000

    with listener.client() as client:
        assert client.says("MAIL FROM:<ann@customer.example> SIZE=1000").startswith("452 4.3.1")
        assert client.envelope()[1].startswith("250")
        store.free_octets = 0
        assert client.says("DATA").startswith("452 4.3.1")


@pytest.mark.parametrize(
    ("headers", "reply"),
    [
        (b"Received: from a by b\r\n" * 30, "250"),
        (b"Received: from a by b\r\n" * 31, "554 5.4.6"),
        (b"Delivered-To: someone@elsewhere.example\r\n", "250"),
        (b"Delivered-To: %b\r\n" % ADDRESS.upper().encode(), "554 5.4.6"),
        (b"X-Mailhub-Delivered: <%b+detail@%b>\r\n" % (TOKEN.encode(), DOMAIN.encode()), "554 5.4.6"),
    ],
)
def test_a_message_that_goes_round_is_refused(listener: Running, headers: bytes, reply: str) -> None:
    with listener.client() as client:
        assert client.deliver(headers + MESSAGE).startswith(reply)


def test_header_lines_in_the_body_make_no_circle(listener: Running) -> None:
    with listener.client() as client:
        assert client.deliver(MESSAGE + b"\r\nReceived: quoted\r\n" * 40).startswith("250")
        assert client.deliver(b"\r\n" + b"Received: body\r\n" * 40).startswith("250")
