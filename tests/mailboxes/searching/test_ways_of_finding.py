"""Whatever way a search takes through the database, it finds the same: of few entries, of many, of rare phrases."""

from datetime import timedelta

import pytest

from mailboxes.searching import postgres
from mailhub import clock
from tests.factories import Cast
from tests.mailboxes.mail.factories import make_raw, receive
from tests.mailboxes.searching.conftest import Find

NOW = clock.now()
# How many entries are few, how many texts, how many texts that have the phrase are rare, and how many conversations
# fill a page. These make every search name what it found, walk down the list, look for every phrase as for a rare one,
# and walk down the list without a look at the index.
BOUNDS = [(6_000, 4_000, 5, 51), (0, 0, 0, 51), (0, 0, 1_000, 51), (6_000, 4_000, 5, 1)]
ASKED = {
    "forty": {"Quote", "Delivery", "Old quote"},
    '"forty chairs"': {"Quote", "Old quote"},
    '"chairs forty"': set(),
    "forty -chairs": {"Delivery"},
    '-"forty chairs"': {"Delivery", "Plan"},
    "before:7d forty": {"Old quote"},
    'after:7d "forty chairs"': {"Quote"},
    "has:attachment ground": {"Plan"},
    "has:attachment forty": set(),
    "from:nina subject:quote": {"Quote", "Old quote"},
}


@pytest.fixture(autouse=True)
def _mail(cast: Cast) -> None:
    receive(cast.mailbox, make_raw(subject="Quote", text="We need forty chairs."), at=NOW)
    receive(cast.mailbox, make_raw(subject="Delivery", text="Of tables we have forty."), at=NOW)
    receive(cast.mailbox, make_raw(subject="Old quote", text="Forty chairs, please."), at=NOW - timedelta(days=40))
    receive(cast.hidden_mailbox, make_raw(subject="Secret", text="Forty chairs in the ground."), at=NOW)
    plan = make_raw(subject="Plan", text="The ground floor.")
    plan.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="floor.pdf")
    receive(cast.mailbox, plan, at=NOW)


@pytest.mark.parametrize("bounds", BOUNDS)
def test_every_way_finds_the_same(
    cast: Cast, find: Find, monkeypatch: pytest.MonkeyPatch, bounds: tuple[int, int, int, int]
) -> None:
    for name, value in zip(("_FEW", "_FEW_TEXTS", "_RARE", "_PAGE"), bounds, strict=True):
        monkeypatch.setattr(postgres, name, value)

    found = {text: find(text, cast.member) for text in ASKED}

    assert found == ASKED
