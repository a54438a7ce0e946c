"""What people may write into the search field."""

from datetime import UTC, datetime

import pytest

from mailboxes.searching.queries import About, Clause, Field, Filter, SearchRefused, Term, parse

NOW = datetime(2026, 5, 20, 15, 30, tzinfo=UTC)


def _clauses(text: str) -> tuple[Clause, ...]:
    return parse(text, now=NOW).clauses


def _single(*words: str, field: Field = Field.ANYWHERE) -> Clause:
    return Clause((Term(words, field),))


def test_all_words_must_be_there_and_the_last_one_may_go_on() -> None:
    assert _clauses("new offer") == (_single("new"), Clause((Term(("offer",), is_beginning=True),)))
    assert _clauses("new offer ") == (_single("new"), _single("offer"))
    assert _clauses("new of") == (_single("new"), _single("of"))


def test_quotes_keep_words_together() -> None:
    assert _clauses('"new offer"') == (_single("new", "offer"),)
    assert _clauses('"not closed') == (_single("not", "closed"),)


def test_or_joins_two_words_and_minus_excludes_one() -> None:
    assert _clauses("a OR b c ") == (Clause((Term(("a",)), Term(("b",)))), _single("c"))
    assert _clauses("-spam ") == (Clause((Term(("spam",)),), is_negative=True),)
    assert _clauses("OR offer OR ") == (_single("offer"),)


def test_operators_say_where_words_stand() -> None:
    assert _clauses('from:"Anna B" cc:bob subject:offer ') == (
        _single("anna", "b", field=Field.SENDER),
        _single("bob", field=Field.RECIPIENTS),
        _single("offer", field=Field.SUBJECT),
    )
    (clause,) = _clauses("from:anna@example.com ")
    assert clause.terms[0].address == "anna@example.com"


def test_what_is_no_operator_is_words() -> None:
    assert _clauses("Re:offer https://example.com/x ") == (
        _single("re", "offer"),
        _single("https", "example", "com", "x"),
    )


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("on:2026-05-03", datetime(2026, 5, 3, tzinfo=UTC), datetime(2026, 5, 4, tzinfo=UTC)),
        ("on:2025-12", datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        ("on:2025", datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        ("before:2026-05", None, datetime(2026, 5, 1, tzinfo=UTC)),
        ("after:2026-05", datetime(2026, 5, 1, tzinfo=UTC), None),
        ("since:7d", datetime(2026, 5, 13, tzinfo=UTC), None),
        ("on:yesterday", datetime(2026, 5, 19, tzinfo=UTC), datetime(2026, 5, 20, tzinfo=UTC)),
    ],
)
def test_dates_are_days_months_and_years(text: str, since: datetime | None, until: datetime | None) -> None:
    query = parse(text, now=NOW)

    assert (query.since, query.until) == (since, until)


def test_filters_are_about_the_conversation() -> None:
    query = parse('is:unread -tag:"big deal" topic:Returns assignee:me in:Support has:attachment', now=NOW)

    assert query.filters == (
        Filter(About.STATE, "unread"),
        Filter(About.TAG, "big deal", is_negative=True),
        Filter(About.TOPIC, "Returns"),
        Filter(About.ASSIGNEE, "me"),
        Filter(About.MAILBOX, "Support"),
    )
    assert query.has_attachment is True
    assert not query.clauses


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("from:", "Write something behind “from:”, as in from:anna."),
        ("before:soon", "“soon” is no date: write before:2026-05-31, before:2026-05 or before:7d."),
        ("after:2026-02-31", "“2026-02-31” is no date"),
        ("on:9999-12-31", "“9999-12-31” is no date"),
        ("is:blue", "“is:blue” is not known. Write one of unread"),
        ("has:soul", "Write has:attachment"),
        ("a OR is:open", "OR stands between words"),
        ("-before:2026", "without the minus"),
        ("x" * 501, "at most 500 characters"),
        ("a b c d e f g h i j k l m n o p q r s t u v w x y z 1 2 3 4 5 ", "at most 30"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(SearchRefused) as refused:
        parse(text, now=NOW)

    assert words in str(refused.value)
