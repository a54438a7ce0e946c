"""People whom the company does not know yet: one writes to support soon after the start, then one every few minutes."""

import html
import random
from datetime import datetime, timedelta

from mailhub.demo.world.agenda import Agenda, PlannedLetter
from mailhub.demo.world.attachments import order_list, photograph
from mailhub.demo.world.letters import Letter, compose
from mailhub.demo.world.people import STRANGERS, SUPPORT_ADDRESS, Person

FIRST_AFTER = timedelta(seconds=10)
INTERVAL = timedelta(minutes=3)
MAX_STRANGERS = 20


class Strangers:
    """Plans unsolicited letters; the order and the words follow from the seed and the count alone."""

    def __init__(self, agenda: Agenda, *, seed: int = 2026) -> None:
        self._agenda = agenda
        self._seed = seed

    def start(self, now: datetime) -> None:
        """Fix when the next stranger writes: never sooner than a moment after this start."""
        planned = self._agenda.next_stranger()
        next_at, sent_count = planned if planned is not None else (now, 0)
        self._agenda.schedule_stranger(max(next_at, now + FIRST_AFTER), sent_count=sent_count)

    def write_due(self, now: datetime) -> None:
        """Let the next stranger write if it is time and not all of them have written."""
        planned = self._agenda.next_stranger()
        if planned is None or planned[0] > now or planned[1] >= MAX_STRANGERS:
            return
        sent_count = planned[1]
        person = STRANGERS[sent_count % len(STRANGERS)]
        rng = random.Random(f"{self._seed} stranger {sent_count}")  # noqa: S311 - nothing secret
        raw = compose(_letter(sent_count, person, rng), author=person, to=SUPPORT_ADDRESS, written_at=now, rng=rng)
        self._agenda.plan(PlannedLetter(now, person.addr_spec, SUPPORT_ADDRESS, raw))
        self._agenda.schedule_stranger(now + INTERVAL, sent_count=sent_count + 1)


def _letter(number: int, person: Person, rng: random.Random) -> Letter:
    writers = (_order_question, _wholesale_inquiry, _invoice_question, _damaged_parcel, _tasting, _subscription)
    return writers[number % len(writers)](person, rng)


def _order_question(person: Person, rng: random.Random) -> Letter:
    order = rng.randrange(10_000, 99_999)
    return Letter(
        f"Where is my order {order}?",
        (
            "Hello,",
            f"last Tuesday I ordered two bags of Harbour Dark (order {order}), but nothing has arrived yet.",
            "The tracking page still says “label printed”. Could you have a look? We are down to the last beans.",
            _signature(person),
        ),
    )


def _wholesale_inquiry(person: Person, rng: random.Random) -> Letter:
    kilograms = rng.choice((15, 25, 40))
    paragraphs = (
        "Hello Harbor Coffee,",
        f"{person.role} is looking for a new roaster. We need about {kilograms} kg a month, half of it decaf.",
        "Do you offer wholesale prices, and do you lend grinders?",
        _signature(person),
    )
    rows = "".join(
        f'<tr><td style="padding:6px 24px;font:16px/1.5 Georgia,serif;color:#333">{_lines(text)}</td></tr>'
        for text in paragraphs
    )
    # The picture is remote on purpose: a mail client must not load it without being asked.
    banner = '<img src="https://images.customers.example/banner.png" width="560" height="120" alt="Our house">'
    return Letter(
        f"Wholesale inquiry from {person.role}",
        paragraphs,
        rich_html=(
            '<table width="100%" style="background:#f4efe8"><tr><td align="center">'
            f'<table width="600" style="background:#fff"><tr><td style="padding:20px">{banner}</td></tr>'
            f'<tr><td style="padding:0 24px"><h1 style="color:#7a4b21">{html.escape(person.role)}</h1></td></tr>'
            f"{rows}</table></td></tr></table>\n"
        ),
    )


def _invoice_question(person: Person, rng: random.Random) -> Letter:
    invoice = f"2026-{rng.randrange(100, 999)}"
    return Letter(
        f"Invoice {invoice}: wrong VAT number",
        (
            "Dear accounting team,",
            f"on invoice {invoice} our VAT number has two digits swapped. My tax adviser will not take it like this.",
            "Please send a corrected one. The amount itself is fine.",
            _signature(person),
        ),
    )


def _damaged_parcel(person: Person, rng: random.Random) -> Letter:
    return Letter(
        "Parcel arrived damaged",
        (
            "Hi,",
            "the box was open when the courier handed it over, and one bag has a hole. A picture is attached.",
            "How do we go on from here?",
            _signature(person),
        ),
        attachments=[photograph(rng)],
    )


def _tasting(person: Person, rng: random.Random) -> Letter:
    guests = rng.randrange(6, 18)
    return Letter(
        f"Tasting for {guests} people?",
        (
            "Good afternoon,",
            f"we would love to visit the roastery with {guests} colleagues one evening next month.",
            "Do you do tastings, and what does it cost per person?",
            "Two of us do not drink milk; I hope that is not a problem 🙂",
            _signature(person),
        ),
    )


def _subscription(person: Person, rng: random.Random) -> Letter:
    return Letter(
        "Change our monthly order",
        (
            "Hello,",
            "please change our standing order from the next delivery on. The new list is attached.",
            "And could it come before ten o'clock? After that nobody is at the door.",
            _signature(person),
        ),
        attachments=[order_list(rng)],
    )


def _signature(person: Person) -> str:
    return f"Kind regards\n{person.display_name}\n{person.role}"


def _lines(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")
