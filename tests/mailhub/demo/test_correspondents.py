"""The people of the mail world: who answers, how, and who does not."""

import email
import email.policy
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailhub.demo.world.agenda import Agenda
from mailhub.demo.world.database import connect
from mailhub.demo.world.people import CORRESPONDENTS
from mailhub.demo.world.server import WorldPorts
from mailhub.demo.world.strangers import Strangers
from tests.mailhub.demo.clients import SUPPORT, inbox, letter, submit, wait_for_inbox
from tests.mailhub.demo.conftest import MovableClock, running_world

ANSWER_IS_DUE = 8.5


def parsed(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def answer_to(world: WorldPorts, clock: MovableClock, mail: EmailMessage, *, count: int = 1) -> EmailMessage:
    """Submit a mail, let time pass and return the newest message in the sender's INBOX."""
    submit(world.smtp, mail)
    clock.advance(ANSWER_IS_DUE)
    messages = wait_for_inbox(world.imap, count)
    assert len(messages) == count
    return parsed(messages[max(messages)])


def test_a_correspondent_answers_in_the_thread(world: WorldPorts, clock: MovableClock) -> None:
    mail = letter("zoe@customers.example", References="<first@harbor.example>")

    answer = answer_to(world, clock, mail)

    assert answer["From"].addresses[0].display_name == "Zoë Åkesson"
    assert answer["In-Reply-To"] == mail["Message-ID"]
    assert answer["References"] == f"<first@harbor.example> {mail['Message-ID']}"
    assert answer["Subject"] == "Re: Spring prices"


def test_an_answer_quotes_the_original_in_text_and_html(world: WorldPorts, clock: MovableClock) -> None:
    answer = answer_to(world, clock, letter("hana@customers.example"))

    text = answer.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    rich = answer.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "On Tue, 3 Nov 2026 at 10:12, Harbor Sales <sales@harbor.example> wrote:" in text
    assert "> our spring prices are out." in text
    assert "<blockquote" in rich
    assert "our spring prices are out." in rich
    assert "田中 花" in text


def test_nobody_answers_before_three_seconds(world: WorldPorts, clock: MovableClock) -> None:
    submit(world.smtp, letter("zoe@customers.example"))
    submit(world.smtp, letter("sales@harbor.example", subject="A later mail of our own"))

    messages = wait_for_inbox(world.imap, 1)

    assert [parsed(raw)["Subject"] for raw in messages.values()] == ["A later mail of our own"]


def test_any_outside_address_gets_an_answer(world: WorldPorts, clock: MovableClock) -> None:
    answer = answer_to(world, clock, letter("anna.lee@anything.example"))

    assert answer["From"].addresses[0].display_name == "Anna Lee"
    assert answer["From"].addresses[0].addr_spec == "anna.lee@anything.example"


def test_an_answer_goes_to_reply_to(world: WorldPorts, clock: MovableClock) -> None:
    submit(world.smtp, letter("zoe@customers.example", Reply_To="owner@harbor.example"))
    clock.advance(ANSWER_IS_DUE)

    messages = wait_for_inbox(world.imap, 1, ("owner@harbor.example", "demo-owner"))

    assert len(messages) == 1


def test_about_one_answer_in_four_has_an_attachment(world: WorldPorts, clock: MovableClock) -> None:
    for number in range(3):
        mail = letter("zoe@customers.example", subject=f"Campaign {number}")
        mail["Cc"] = ", ".join(person.addr_spec for person in CORRESPONDENTS)
        submit(world.smtp, mail)
    clock.advance(ANSWER_IS_DUE)

    answers = [parsed(raw) for raw in wait_for_inbox(world.imap, 15).values()]

    types = {part.get_content_type() for answer in answers for part in answer.iter_attachments()}
    assert 0 < sum(1 for answer in answers if list(answer.iter_attachments())) < len(answers)
    assert types <= {"image/png", "text/csv"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("Auto-Submitted", "auto-replied"), ("List-Id", "<news.harbor.example>"), ("Precedence", "bulk")],
)
def test_automatic_mail_is_never_answered(world: WorldPorts, clock: MovableClock, name: str, value: str) -> None:
    mail = letter("zoe@customers.example")
    mail[name] = value

    submit(world.smtp, mail)
    clock.advance(ANSWER_IS_DUE)
    answer = answer_to(world, clock, letter("luc@customers.example", subject="By hand"))

    assert answer["Subject"] == "Re: By hand"


def test_mail_with_the_null_sender_is_never_answered(world: WorldPorts, clock: MovableClock) -> None:
    submit(world.smtp, letter("zoe@customers.example"), mail_from="")
    clock.advance(ANSWER_IS_DUE)

    answer = answer_to(world, clock, letter("luc@customers.example", subject="By hand"))

    assert answer["Subject"] == "Re: By hand"


def test_a_mail_with_an_unsubscribe_link_is_answered(world: WorldPorts, clock: MovableClock) -> None:
    mail = letter("zoe@customers.example", List_Unsubscribe="<https://harbor.example/u/1>")

    answer = answer_to(world, clock, mail)

    assert answer["In-Reply-To"] == mail["Message-ID"]


def test_a_thread_gets_at_most_five_answers(world: WorldPorts, clock: MovableClock) -> None:
    for number in range(7):
        submit(world.smtp, letter("zoe@customers.example", f"Round {number}", References="<root@harbor.example>"))
    clock.advance(ANSWER_IS_DUE)

    wait_for_inbox(world.imap, 5)
    last = answer_to(world, clock, letter("luc@customers.example", subject="Another thread"), count=6)

    assert last["Subject"] == "Re: Another thread"


def test_an_answer_survives_a_restart(tmp_path: Path, clock: MovableClock) -> None:
    with running_world(tmp_path, clock) as first:
        submit(first.smtp, letter("zoe@customers.example"))

    clock.advance(ANSWER_IS_DUE)
    with running_world(tmp_path, clock) as second:
        messages = wait_for_inbox(second.imap, 1)

    assert len(messages) == 1


def test_strangers_write_to_support_one_by_one(world: WorldPorts, clock: MovableClock) -> None:
    at_first = inbox(world.imap, SUPPORT)
    clock.advance(10.5)
    after_ten_seconds = wait_for_inbox(world.imap, 1, SUPPORT)
    clock.advance(180.5)
    after_three_minutes = wait_for_inbox(world.imap, 2, SUPPORT)

    assert at_first == {}
    assert len(after_ten_seconds) == 1
    assert len(after_three_minutes) == 2
    assert len({parsed(raw)["From"] for raw in after_three_minutes.values()}) == 2


def test_twenty_strangers_write_and_no_more(tmp_path: Path) -> None:
    agenda = Agenda(connect(tmp_path / "world.sqlite3"))
    strangers = Strangers(agenda)
    now = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
    strangers.start(now)

    letters = []
    for minute in range(90):
        moment = now + timedelta(minutes=minute)
        strangers.write_due(moment)
        letters += list(agenda.take_due(moment))

    assert len(letters) == 20
    assert {letter.rcpt_to for letter in letters} == {"support@harbor.example"}
    assert any(b"https://images.customers.example/banner.png" in letter.raw for letter in letters)
    assert any(b"Content-Disposition: attachment" in letter.raw for letter in letters)


def test_a_later_start_does_not_begin_again(tmp_path: Path) -> None:
    agenda = Agenda(connect(tmp_path / "world.sqlite3"))
    now = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
    Strangers(agenda).start(now)
    Strangers(agenda).write_due(now + timedelta(seconds=10))
    first = list(agenda.take_due(now + timedelta(seconds=10)))

    Strangers(agenda).start(now + timedelta(hours=1))
    Strangers(agenda).write_due(now + timedelta(hours=1, seconds=9))
    too_early = list(agenda.take_due(now + timedelta(hours=2)))
    Strangers(agenda).write_due(now + timedelta(hours=1, seconds=10))
    second = list(agenda.take_due(now + timedelta(hours=2)))

    assert too_early == []
    assert {letter.mail_from for letter in first}.isdisjoint(letter.mail_from for letter in second)
    assert len(first) == len(second) == 1
