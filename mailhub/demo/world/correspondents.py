"""People outside the company who answer what they get: after a few seconds, in their own words, and never a machine."""

import random
from datetime import datetime, timedelta

from mailhub.demo.world import incoming_mail, people
from mailhub.demo.world.agenda import Agenda, PlannedLetter
from mailhub.demo.world.attachments import Attachment, order_list, photograph
from mailhub.demo.world.incoming_mail import IncomingMail
from mailhub.demo.world.letters import Letter, compose
from mailhub.demo.world.people import Person

MAX_ANSWERS_PER_THREAD = 5
_SHORTEST_DELAY_SECONDS = 3.0
_LONGEST_DELAY_SECONDS = 8.0
_ATTACHMENT_PROBABILITY = 0.25

_GREETINGS = ("Hello,", "Hi there,", "Good morning,", "Dear all,", "Hi,")
_FIRST_ANSWERS = (
    (
        "Thanks for getting in touch, that sounds good.",
        "Could you send me the price for 20 kg a month, delivered on Mondays?",
    ),
    ("We talked about it at breakfast and we would like to try it.", "What do you need from us to start?"),
    (
        "Good timing: our current supplier is late for the third time.",
        "Do you have two minutes for a call on Thursday afternoon?",
    ),
    ("I like the idea, but not before next month: we are rebuilding the counter.", "Please write to me again then."),
    ("Interesting! Is the decaf washed with water only? Our guests do ask.", "If so, put me down for a tasting box."),
    ("Thank you, that is kind.", "We only need small bags, 250 g each. Is there a minimum order?"),
)
_LATER_ANSWERS = (
    ("Perfect, that works for us.",),
    ("Understood. Let us do it like that, then.", "I will tell my colleagues today."),
    ("Hm, one more thing: could the invoice go to our bookkeeping instead?",),
    ("Great, thank you for the quick answer!",),
    ("Yes please. The back door is open from seven.",),
)
_CLOSINGS = ("Best wishes,", "Kind regards,", "Thanks again,", "Cheers,", "Warm regards,")


class Correspondents:
    """Reads what arrives for the people outside and plans their answers; the same mail always gets the same answer."""

    def __init__(self, agenda: Agenda, *, seed: int = 2026) -> None:
        self._agenda = agenda
        self._seed = seed

    def receive(self, rcpt_to: str, raw: bytes, *, mail_from: str, now: datetime) -> None:
        """Plan the answer to a mail that arrived, if anybody lives at the address and it deserves one."""
        person = people.find_answering_person(rcpt_to)
        mail = incoming_mail.read(raw, mail_from=mail_from, now=now)
        if person is None or not may_answer(mail, answer_count=self._agenda.answer_count(mail.thread_root)):
            return
        rng = random.Random(f"{self._seed} {mail.message_id} {person.addr_spec}")  # noqa: S311 - nothing secret
        due_at = now + timedelta(seconds=rng.uniform(_SHORTEST_DELAY_SECONDS, _LONGEST_DELAY_SECONDS))
        raw_answer = compose(
            _answer(mail, person, rng), author=person, to=mail.answer_to, written_at=due_at, rng=rng, answers=mail
        )
        self._agenda.plan(PlannedLetter(due_at, person.addr_spec, mail.answer_to, raw_answer))
        self._agenda.record_answer(mail.thread_root)


def may_answer(mail: IncomingMail, *, answer_count: int) -> bool:
    """Tell whether a person would answer: never a machine, and not for ever."""
    return not mail.is_automatic and bool(mail.answer_to) and answer_count < MAX_ANSWERS_PER_THREAD


def _answer(mail: IncomingMail, person: Person, rng: random.Random) -> Letter:
    body = rng.choice(_LATER_ANSWERS if mail.references else _FIRST_ANSWERS)
    signature = "\n".join(filter(None, (rng.choice(_CLOSINGS), person.display_name, person.role)))
    attachments = [_attachment(rng)] if rng.random() < _ATTACHMENT_PROBABILITY else []
    hint = (f"I attach {attachments[0].filename}.",) if attachments else ()
    return Letter(
        subject=mail.subject if mail.subject.lower().startswith("re:") else f"Re: {mail.subject}",
        paragraphs=(rng.choice(_GREETINGS), *body, *hint, signature),
        attachments=attachments,
    )


def _attachment(rng: random.Random) -> Attachment:
    return rng.choice((photograph, order_list))(rng)
