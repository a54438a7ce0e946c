"""Which of many phrases stands in a text (SPEC M22)."""

import time

import pytest

from mailboxes.topics.phrases import MAX_TEXT, PhraseRule, PhraseRules

FINDS = [
    # phrase, text
    ("invoice", "The invoice is missing."),
    ("invoice", "INVOICE"),
    ("Invoice Overdue", "your invoice\n  overdue since May"),
    ("grüße", "Viele GRÜSSE"),
    ("café", "Cafe\u0301 in Rome"),
    ("don't work", "They don’t work"),
    ("e-mail", "my e‑mail"),
    ("c++", "We write C++."),
    ("50 %", "a discount of 50 %!"),
    ("ＶＡＴ", "the vat id"),
    ("password", "reset password"),
    ("re\u00adfund", "refund"),
    ("refund", "re\u200bfund please"),
    ("請求書", "先月の請求書を送ってください"),
    ("返金", "返金"),
    ("invoice", "このinvoiceを見て"),
    ("환불", "환불을 원합니다"),
    ("คืนเงิน", "ขอคืนเงินด้วยครับ"),
    ("счёт", "Ваш СЧЁТ готов"),
    ("तिथि", "भुगतान तिथि कब है"),
    ("#4711", "order #4711"),
    ("(urgent)", "this is (urgent)"),
    ("a.b", "a.b"),
]
DOES_NOT_FIND = [
    ("invoice", "invoices"),
    ("invoice", "reinvoice"),
    ("invoice", "invoice2"),
    ("invoice", "invoice_no"),
    ("invoice overdue", "invoice is overdue"),
    ("cafe", "café"),
    ("счёт", "счёты"),
    ("तिथ", "तिथि"),
    ("a.b", "aXb"),
    (".*", "anything"),
    ("", "anything"),
    ("  ", "anything"),
]


@pytest.mark.parametrize(("phrase", "text"), FINDS)
def test_a_phrase_is_found_as_whole_words_whatever_their_case_and_form(phrase: str, text: str) -> None:
    assert PhraseRules([PhraseRule([phrase])]).find("", text) is not None


@pytest.mark.parametrize(("phrase", "text"), DOES_NOT_FIND)
def test_parts_of_words_and_patterns_are_no_phrase(phrase: str, text: str) -> None:
    assert PhraseRules([PhraseRule([phrase])]).find(text, text) is None


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        ("", "the second word and the first word", 0),
        ("second", "first", 0),
        ("second", "", 1),
        ("", "reset password", 3),
        ("", "the second password reset", 1),
        ("", "nothing of it", None),
    ],
)
def test_the_first_rule_wins_wherever_its_words_stand(subject: str, text: str, expected: int | None) -> None:
    rules = PhraseRules(
        [
            PhraseRule(["first"]),
            PhraseRule(["second"]),
            PhraseRule(["third"]),
            PhraseRule(["password"]),
            PhraseRule(["reset password"]),
        ]
    )

    found = rules.find(subject, text)

    assert (found.rule if found else None) == expected


def test_a_longer_phrase_of_an_earlier_rule_wins_over_the_shorter_one_in_it() -> None:
    rules = PhraseRules([PhraseRule(["invoice overdue"]), PhraseRule(["invoice"])])

    found = rules.find("", "invoice overdue")

    assert found is not None
    assert (found.rule, found.phrase) == (0, "invoice overdue")


@pytest.mark.parametrize(
    ("in_subject", "in_text", "subject", "text", "is_found"),
    [
        (True, False, "refund", "", True),
        (True, False, "", "refund", False),
        (False, True, "refund", "", False),
        (False, True, "", "refund", True),
        (True, True, "", "refund", True),
    ],
)
def test_a_rule_looks_where_it_is_told_to(
    *, in_subject: bool, in_text: bool, subject: str, text: str, is_found: bool
) -> None:
    rules = PhraseRules([PhraseRule(["refund"], in_subject=in_subject, in_text=in_text)])

    assert (rules.find(subject, text) is not None) == is_found


def test_the_answer_says_what_stands_where() -> None:
    found = PhraseRules([PhraseRule(["Refund", "Money Back"])]).find("money back", "refund")

    assert found is not None
    assert (found.phrase, found.is_in_subject) == ("Money Back", True)


def test_no_rules_find_nothing() -> None:
    assert PhraseRules([]).find("any", "text") is None


@pytest.mark.parametrize("text", ["a" * 10**6, "word " * 200_000, "aaaa " * 200_000, "請求" * 500_000])
def test_a_long_text_against_many_phrases_takes_no_time(text: str) -> None:
    """SECURITY TC5: the time is linear, and the text is cut."""
    rules = PhraseRules([PhraseRule([f"{'a' * 30}{rule} {n} b" for n in range(50)]) for rule in range(40)])
    began = time.process_time()

    assert rules.find("", text) is None

    assert time.process_time() - began < 5


def test_only_the_beginning_is_looked_at() -> None:
    rules = PhraseRules([PhraseRule(["refund"])])

    assert rules.find("", "x " * MAX_TEXT + "refund") is None
