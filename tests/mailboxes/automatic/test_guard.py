"""What speaks against an automatic answer, and what does not: pure tables (RFC 3834, SECURITY TC9)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailboxes.automatic.guard import Trigger, obstacle_to_answer, obstacle_to_passing_on
from mailboxes.automatic.marks import LOOP_HEADER
from mailboxes.classifying import Kind
from mailboxes.parsing import parse
from tests.mailboxes.automatic.post import letter

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SENDER = "vera@visitors.example"
OWN = frozenset({"support@acme.example", "orders@acme.example"})


def _trigger(raw: bytes = b"", kind: Kind = Kind.NORMAL, **headers: str) -> Trigger:
    return Trigger(mail=parse(raw or letter("support@acme.example", at=NOON, **headers)), kind=kind, received_at=NOON)


def _obstacle(trigger: Trigger, to: str = SENDER) -> str:
    return obstacle_to_answer(trigger, to=to, own_addresses=OWN, now=NOON)


def _with_lines(*lines: str) -> bytes:
    return "\r\n".join(lines).encode() + b"\r\n" + letter("support@acme.example", at=NOON)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Auto_Submitted": "no"},
        {"X_Autoreply": "no"},
        {"X_Auto_Response_Suppress": "DR, NDR, RN, NRN"},
        {"Precedence": "normal"},
        {"Return_Path": "<vera@visitors.example>"},
        {"Return_Path": "<prvs=1234abcd=vera@visitors.example>"},
        {"Reply_To": "Vera <VERA@visitors.example>"},
        {"From": "norepinephrine@visitors.example"},
        {"From": "bouncer@visitors.example"},
        {"From": "rooted@visitors.example"},
        {"Authentication_Results": "mx.acme.example; dmarc=fail"},
    ],
    ids=str,
)
def test_nothing_speaks_against_answering_a_person(headers: dict[str, Any]) -> None:
    trigger = _trigger(**headers)

    assert _obstacle(trigger, trigger.mail.from_[0].addr_spec) == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; type=x"},
        {"Auto_Submitted": "auto-notified"},
        {"Auto_Submitted": "Auto-Replied (vacation)"},
        {"Precedence": "bulk"},
        {"Precedence": "Junk"},
        {"Precedence": "list"},
        {"Precedence": "auto_reply"},
        {"List_Id": "<news.visitors.example>"},
        {"List_Unsubscribe": "<https://visitors.example/off>"},
        {"List_Post": "NO"},
        {"Mailing_List": "contact news"},
        {"X_Auto_Response_Suppress": "OOF"},
        {"X_Auto_Response_Suppress": "DR, AutoReply"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "vacation"},
        {"X_Loop": "support@acme.example"},
        {"Return_Path": "<>"},
        {"Return_Path": "< >"},
        {"Return_Path": "<bounces+17=support=acme.example@send.example>"},
        {"Return_Path": "<owner-news@visitors.example>"},
        {"Content_Type": 'multipart/report; report-type=delivery-status; boundary="x"'},
        {LOOP_HEADER.replace("-", "_"): "0123456789abcdef0123456789abcdef"},
        {"Feedback_ID": "1:2:3:send"},
    ],
    ids=str,
)
def test_marks_of_machines_speak_against_an_answer(headers: dict[str, Any]) -> None:
    raw = _with_lines(*(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()))

    assert _obstacle(_trigger(raw)) != ""


@pytest.mark.parametrize(
    "local_part",
    [
        *(
            "MAILER-DAEMON",
            "mailerdaemon",
            "postmaster",
            "Postmaster",
            "no-reply",
            "noreply",
            "no_reply",
            "do-not-reply",
        ),
        *(
            "donotreply",
            "noreply-billing",
            "billing-noreply",
            "news.no-reply",
            "owner-news",
            "news-owner",
            "news-request",
        ),
        *(
            "news-bounces",
            "bounce",
            "bounces",
            "bounce-17",
            "bounces+x=y",
            "listserv",
            "majordomo",
            "mailman",
            "daemon",
        ),
        *("news-bounces+vera=visitors.example", "auto-reply", "never-reply", "nobody"),
    ],
)
def test_nobody_answers_senders_that_nobody_reads(local_part: str) -> None:
    sender = f"{local_part}@visitors.example"

    assert "Nobody reads answers" in _obstacle(_trigger(From=sender), sender)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.NORMAL, Kind.REPLY)])
def test_only_new_mail_and_replies_are_answered(kind: Kind) -> None:
    assert kind.label.lower() in _obstacle(_trigger(kind=kind))


@pytest.mark.parametrize(
    ("reply_to", "is_answered"),
    [
        ("vera@visitors.example", True),
        ("orders@acme.example", False),
        ("news@lists.example", False),
        (", ".join(f"victim{number}@victims.example" for number in range(50)), False),
        ("vera@visitors.example, other@visitors.example", False),
        ("not an address", False),
    ],
    ids=["the sender", "our own alias", "a list", "50 addresses", "one more", "nobody"],
)
def test_b087_reply_to_leads_an_answer_nowhere_else(reply_to: str, is_answered: bool) -> None:
    assert (_obstacle(_trigger(Reply_To=reply_to)) == "") is is_answered


def test_b088_what_went_through_more_than_30_hosts_goes_in_a_circle() -> None:
    received = [
        f"Received: from h{number}.example by h{number + 1}.example; Mon, 4 May 2026 11:00:00 +0000"
        for number in range(31)
    ]

    assert "30 hosts" in _obstacle(_trigger(_with_lines(*received)))
    assert _obstacle(_trigger(_with_lines(*received[:30]))) == ""


@pytest.mark.parametrize(
    "sender", ["", "Vera <vera@visitors.example>, Otto <otto@visitors.example>", "undisclosed:;", "vera"], ids=str
)
def test_from_names_one_address_or_nobody_is_answered(sender: str) -> None:
    raw = letter("support@acme.example", at=NOON).replace(
        b"From: Vera Novak <vera@visitors.example>", f"From: {sender}".encode()
    )
    trigger = _trigger(raw)
    to = trigger.mail.from_[0].addr_spec if trigger.mail.from_ else ""

    assert _obstacle(trigger, to) != ""


def test_two_from_fields_are_not_answered() -> None:
    assert _obstacle(_trigger(_with_lines("From: boss@visitors.example"))) != ""


def test_an_answer_goes_to_the_sender_alone() -> None:
    assert _obstacle(_trigger(), "other@visitors.example") == "other@visitors.example is not who sent it."


def test_own_addresses_are_not_written_to() -> None:
    trigger = _trigger(From="Orders@acme.example")

    assert "an address of this mailbox" in _obstacle(trigger, "Orders@acme.example")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"is_archived": True}, "before the server was added"),
        ({"is_found_in_junk": True}, "Junk"),
        ({"is_written_by_us": True}, "A person of this mailbox"),
        ({"envelope_from": ""}, "null sender"),
        ({"envelope_from": "bounces@send.example"}, "Nobody reads"),
        ({"received_at": NOON - timedelta(days=3, seconds=1)}, "older than 3 days"),
    ],
    ids=str,
)
def test_where_and_when_it_was_found_speaks_against_an_answer(change: dict[str, object], words: str) -> None:
    assert words in _obstacle(replace(_trigger(), **change))  # type: ignore[arg-type]


def test_a_date_of_last_week_is_a_backlog_although_it_came_in_now() -> None:
    raw = letter("support@acme.example", at=NOON - timedelta(days=7))

    assert "older than 3 days" in _obstacle(_trigger(raw))


def test_a_date_in_the_future_or_none_speaks_against_nothing() -> None:
    assert _obstacle(_trigger(letter("support@acme.example", at=NOON + timedelta(days=300)))) == ""
    assert _obstacle(_trigger(Date="yesterday")) == ""


@pytest.mark.parametrize(
    "headers", [{"Auto_Submitted": "auto-generated"}, {"List_Id": "<news>"}, {"Return_Path": "<>"}], ids=str
)
def test_what_is_not_answered_may_be_passed_on_to_colleagues(headers: dict[str, Any]) -> None:
    trigger = _trigger(kind=Kind.LIST, **headers)

    assert obstacle_to_passing_on(trigger, to="keeper@archive.example", own_addresses=OWN, now=NOON) == ""


def test_nothing_is_passed_on_twice_nor_to_ourselves() -> None:
    marked = _trigger(X_Mailhub_Loop="0123456789abcdef0123456789abcdef")

    assert LOOP_HEADER in obstacle_to_passing_on(marked, to="keeper@archive.example", own_addresses=OWN, now=NOON)
    assert obstacle_to_passing_on(_trigger(), to="Orders@acme.example", own_addresses=OWN, now=NOON) != ""
