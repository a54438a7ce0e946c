"""What a search finds, and for whom."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from mailboxes import searching
from mailboxes.models import Conversation, ConversationTag, Message, SearchEntry, Tag, Topic
from mailboxes.searching.queries import SearchRefused
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_outgoing
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send
from tests.mailboxes.searching.conftest import Find

NOW = clock.now()
WORDS = [
    ("chairs", {"Quote"}),
    ("CHAIRS table", {"Quote"}),
    ("table ", {"Quote"}),
    ("tabl", {"Quote", "Lieferschein 4711"}),
    ("chairs tables ", set()),
    ("chairs OR tables ", {"Quote", "Lieferschein 4711"}),
    ('"forty chairs"', {"Quote"}),
    ('"chairs forty"', set()),
    ("forty -chairs", {"Lieferschein 4711", "Secret merger"}),
    ("-forty", {"お問い合わせ"}),
    ("strasse", {"Lieferschein 4711"}),
    ("muller", {"Lieferschein 4711"}),
    ("4711", {"Lieferschein 4711"}),
]
OPERATORS = [
    ("subject:4711", {"Lieferschein 4711"}),
    ("subject:chairs", set()),
    ("from:joerg.mueller@werk.example", {"Lieferschein 4711"}),
    ("from:werk.example", {"Lieferschein 4711"}),
    ('from:"Jörg Müller"', {"Lieferschein 4711"}),
    ("from:boss", set()),
    ("to:boss@werk.example", {"Lieferschein 4711"}),
    ("to:sales ", {"Lieferschein 4711"}),
    ("-from:customer.example forty", {"Lieferschein 4711"}),
    ("請求書", {"お問い合わせ"}),
    ("求", {"お問い合わせ"}),
]
DATES_AND_PLACES = [
    ("before:7d forty", {"Lieferschein 4711"}),
    ("after:7d forty", {"Quote", "Secret merger"}),
    ("before:7d", {"Lieferschein 4711"}),
    ("in:directors", {"Secret merger"}),
    ("in:nowhere", set()),
    ("is:open forty", {"Quote", "Lieferschein 4711", "Secret merger"}),
    ("is:closed", set()),
    ("has:attachment", set()),
]
NOTHING_ASKED = [
    ("", {"Quote", "Lieferschein 4711", "お問い合わせ", "Secret merger"}),
    ("!?", {"Quote", "Lieferschein 4711", "お問い合わせ", "Secret merger"}),
]
HOSTILE = [
    "'",
    "''; DROP TABLE mailboxes_message; --",
    '"',
    '"""',
    ":*",
    "a:*",
    "&|!()",
    "a & b | !c",
    "<->",
    "NEAR(a b)",
    "a AND",
    "NOT",
    "OR OR OR",
    "-",
    "--",
    '-""',
    "entry:x",
    "{entry} : a",
    "entry : 0",
    "^a",
    "a*",
    "\\",
    "\\'",
    "\0",
    "a\0b",
    "😀",
    "\ud800",
    "%",
    "_%_",
    "é́́́",
    "ﷺ" * 499,
    "請" * 500,
    "from:'",
    'from:"',
    "from:\"'",
    "in:'; --",
    "tag:\0x",
    "assignee:%",
    "before:2026-13",
    "on:99999999999999999999d",
    "a@" * 250,
    "(((((((((",
    "x" * 10_000,
]


@pytest.fixture(autouse=True)
def _mail(cast: Cast) -> None:
    receive(cast.mailbox, make_raw(subject="Quote", text="We need forty chairs, and a table."), at=NOW)
    receive(
        cast.mailbox,
        make_raw(
            from_="Jörg Müller <joerg.mueller@werk.example>",
            to="sales@acme.example",
            cc="Boss <boss@werk.example>",
            subject="Lieferschein 4711",
            text="Die Straße ist gesperrt. Forty tables.",
        ),
        at=NOW - timedelta(days=40),
    )
    receive(cast.mailbox, make_raw(from_="k@kaisha.example", subject="お問い合わせ", text="請求書を送ってください。"))
    receive(cast.hidden_mailbox, make_raw(subject="Secret merger", text="Forty directors."), at=NOW)
    with tenant_scope(cast.other_tenant.pk):
        receive(cast.other_mailbox, make_raw(subject="Foreign", text="Forty strangers."), at=NOW)


@pytest.mark.parametrize("asked", [WORDS, OPERATORS, DATES_AND_PLACES, NOTHING_ASKED])
def test_a_search_finds_what_was_asked_for(find: Find, asked: list[tuple[str, set[str]]]) -> None:
    found = {text: find(text) for text, _subjects in asked}

    assert found == dict(asked)


def test_nobody_finds_words_of_a_mailbox_that_they_may_not_use(cast: Cast, find: Find) -> None:
    assert find("forty", cast.member) == {"Quote", "Lieferschein 4711"}
    assert find("-chairs", cast.member) == {"Lieferschein 4711", "お問い合わせ"}
    assert find("in:directors", cast.member) == set()
    assert find("forty", cast.stranger) == {"Foreign"}


def test_hostile_words_find_nothing_foreign_and_break_nothing(find: Find) -> None:
    forms = ("{}", "forty {}", "{} forty", '"{}"', "from:{}", "-{}")
    for asked in (form.replace("{}", text) for text in HOSTILE for form in forms):
        with suppress(SearchRefused):
            assert "Foreign" not in find(asked), asked


def test_states_and_labels_narrow_the_search(cast: Cast, find: Find) -> None:
    conversation = Conversation.objects.get(subject="Quote")
    tag = Tag.objects.create(tenant=cast.tenant, name="Big deal")
    ConversationTag.objects.create(tenant=cast.tenant, conversation=conversation, tag=tag)
    conversation.topic = Topic.objects.create(tenant=cast.tenant, name="Offers", created_at=NOW)
    conversation.assignee = cast.owner
    conversation.priority = Conversation.Priority.URGENT
    conversation.save()
    conversation.mark_read(cast.owner)

    for text in ('tag:"big deal"', "topic:offers", "assignee:me", "is:mine", "is:assigned", "is:urgent", "is:read"):
        assert find(text) == {"Quote"}, text
    for text in ('-tag:"big deal"', "-topic:offers", "assignee:none", "-is:mine", "is:unassigned", "is:unread"):
        assert find(text) == {"Lieferschein 4711", "お問い合わせ", "Secret merger"}, text
    assert find(f'assignee:"{cast.owner.user.name}"') == {"Quote"}
    assert find("is:mine", cast.member) == set()


def test_a_file_is_found_by_its_name(cast: Cast, find: Find) -> None:
    mail = make_raw(subject="Plan")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="Grundriss-3.pdf")
    receive(cast.mailbox, mail)

    assert find("has:attachment") == {"Plan"}
    assert find("grundriss") == {"Plan"}
    assert find("forty -has:attachment after:7d") == {"Quote", "Secret merger"}
    assert Conversation.objects.get(subject="Plan").has_attachment


def test_sent_mail_and_notes_are_found(cast: Cast, find: Find) -> None:
    server = make_outgoing(cast.mailbox)
    sent = send(server, cast.owner, text="Our pallets arrive on Monday.")
    message = Message.objects.get(subject="Quote")
    send(server, cast.owner, text="The chairs are blue.", conversation=conversation_of(message), answers=message)

    assert find("pallets") == {"Your quote"}
    assert find("blue") == {"Quote"}
    assert find("to:nina@customer.example pallets") == {"Your quote"}
    sent.refresh_from_db()
    assert sent.is_searchable


def test_what_is_forgotten_is_found_no_more(find: Find) -> None:
    entry = SearchEntry.objects.get(conversation__subject="Quote")

    searching.forget([entry.pk])

    assert find("chairs") == set()
    assert find("forty") == {"Lieferschein 4711", "Secret merger"}


def test_a_search_costs_few_queries(cast: Cast, django_assert_max_num_queries: object) -> None:
    conversations = Conversation.objects.visible_to(cast.member)
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        list(searching.narrow(conversations, "forty from:nina is:open", membership=cast.member, now=NOW))


def test_after_and_before_are_days_in_utc(cast: Cast, find: Find) -> None:
    at = datetime(2026, 5, 3, 23, 59, tzinfo=UTC)
    receive(cast.mailbox, make_raw(subject="Late", text="midnight"), at=at)

    assert find("on:2026-05-03 midnight") == {"Late"}
    assert find("after:2026-05-04 midnight") == set()
    assert find("before:2026-05-04 midnight") == {"Late"}
