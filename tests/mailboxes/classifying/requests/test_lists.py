"""Which header fields make a mail one of a list."""

import pytest

from mailboxes.classifying.kinds import Kind
from mailboxes.classifying.table import classify
from mailboxes.parsing import parse

ANSWER = "In-Reply-To: <halls@harbor.example>\n"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ("List-Id: Sailors <sailors.south.example>\n", Kind.LIST),
        ("List-Id: Sailors <sailors.south.example>\n" + ANSWER, Kind.LIST),
        ("List-Post: <mailto:sailors@south.example>\n" + ANSWER, Kind.LIST),
        ("Mailing-List: contact sailors-help@south.example\n", Kind.LIST),
        ("X-Mailing-List: sailors@south.example\n", Kind.LIST),
        ("X-BeenThere: sailors@south.example\n", Kind.LIST),
        ("X-Loop: sailors-list@south.example\n", Kind.LIST),
        ("Precedence: list\n", Kind.LIST),
        ("List-Unsubscribe: <https://south.example/leave>\n", Kind.LIST),
        ("List-Unsubscribe: <https://south.example/leave>\nPrecedence: bulk\n" + ANSWER, Kind.LIST),
        ("Feedback-ID: 1:july:south\nPrecedence: bulk\n", Kind.LIST),
        # What help desks and shops write to one person.
        ("List-Unsubscribe: <https://south.example/leave>\n" + ANSWER, Kind.REPLY),
        ("Feedback-ID: 1:orders:south\n", Kind.NORMAL),
        ("Precedence: bulk\n", Kind.NORMAL),
        ("X-Loop: jan@south.example\n", Kind.NORMAL),
        ("List-Id:\n", Kind.NORMAL),
    ],
)
def test_fields_make_it_mail_of_a_list(fields: str, kind: Kind) -> None:
    raw = f"{fields}From: jan@south.example\nTo: kim@harbor.example\nSubject: Wind\n\nNorth, five.\n".encode()

    assert classify(raw, parse(raw)).kind == kind
