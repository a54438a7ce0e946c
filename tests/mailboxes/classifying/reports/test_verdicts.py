"""Permanent or not, and why: which code counts, and what the words say where there is none."""

import pytest

from mailboxes.classifying.kinds import Reason
from mailboxes.classifying.reports.reasons import reason_of
from mailboxes.classifying.reports.verdicts import chosen_status, clean_status, failed, reply_code_in, status_in


@pytest.mark.parametrize(
    ("stated", "said", "chosen"),
    [
        ("5.0.0", "4.2.2", "4.2.2"),
        ("5.1.1", "5.2.1", "5.2.1"),
        ("5.1.1", "4.2.1", "5.1.1"),
        ("4.4.7", "4.7.1", "4.7.1"),
        ("5.2.2", "5.0.0", "5.2.2"),
        ("5.0.0", "5.1.0", "5.1.0"),
        ("", "5.7.26", "5.7.26"),
        ("5.4.6", "", "5.4.6"),
    ],
)
def test_the_more_telling_status_is_chosen(stated: str, said: str, chosen: str) -> None:
    assert chosen_status(stated, said) == chosen


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("5.1.1", "5.1.1"),
        ("5.2.1 (mailbox disabled)", "5.2.1"),
        (" 4 . 4 . 7", "4.4.7"),
        ("5.1", "5.1.0"),
        ("550", ""),
        ("", ""),
        ("9.9.9", ""),
    ],
)
def test_status_field_is_read_tolerantly(value: str, status: str) -> None:
    assert clean_status(value) == status


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("550 5.1.1 User unknown", "5.1.1"),
        ("550-5.7.26 Unauthenticated", "5.7.26"),
        ("Sorry, no mailbox here by that name. (#5.1.1)", "5.1.1"),
        ("554 5.0.0 then 550 5.2.1 at last", "5.2.1"),
        ("host mail [5.1.1.10] said: no", ""),
        ("Internet Mail Service (5.5.2657.72)", ""),
        ("sendmail 8.14.4 and v5.6", ""),
    ],
)
def test_enhanced_status_is_found_in_words_but_not_in_addresses(words: str, status: str) -> None:
    assert status_in(words) == status


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("host mail said: 550 No such user", "550"),
        ("<<< 452 try later", "452"),
        ("ERROR_CODE :550, ERROR_CODE :Requested action not taken", "550"),
        ("[SMTP Error Code 550]", "550"),
        ("call us at 480-555-0100", ""),
        ("a limit of 512 MB", ""),
        ("id 5501234", ""),
    ],
)
def test_reply_code_is_found_where_a_reply_stands(words: str, code: str) -> None:
    assert reply_code_in(words) == code


@pytest.mark.parametrize(
    ("words", "status", "otherwise", "is_permanent"),
    [
        ("552 5.2.2 Mailbox full", "", None, True),
        ("452 4.2.2 Mailbox full", "5.0.0", True, False),
        ("Mailbox full", "", None, False),
        ("Mailbox full", "", True, True),
        ("User unknown", "", None, True),
        ("Connection timed out", "", True, False),
        ("something happened", "", None, None),
        ("something happened", "", True, True),
        ("550 something happened", "", None, True),
        ("421 something happened", "", True, False),
        ("452 Mailbox full", "5.0.0", True, False),
        ("550 Mailbox full", "5.0.0", None, True),
    ],
)
def test_permanence_follows_codes_then_words_then_the_report(
    words: str, status: str, otherwise: bool | None, is_permanent: bool | None
) -> None:
    found = failed("anna@example.org", words, status=status, otherwise=otherwise)

    assert found.is_permanent is is_permanent


def test_what_is_late_is_never_permanent() -> None:
    found = failed("anna@example.org", "550 5.1.1 User unknown", is_late=True)

    assert found.is_permanent is False


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        ("User unknown in local recipient table", "", Reason.USER_UNKNOWN),
        ("Der Empfänger ist unbekannt", "", Reason.USER_UNKNOWN),
        ("Получатель не найден", "", Reason.USER_UNKNOWN),
        ("L\u2019adresse n\u2019existe pas", "", Reason.USER_UNKNOWN),
        ("ユーザーが見つかりません", "", Reason.USER_UNKNOWN),
        ("Sender address rejected: Domain not found", "", Reason.SENDER_REJECTED),
        ("Host or domain name not found", "", Reason.HOST_UNKNOWN),
        ("Too many hops 26 (25 max)", "", Reason.MAIL_LOOP),
        ("fails SPF checks", "", Reason.AUTHENTICATION_FAILED),
        ("blocked using zen.spamhaus.org", "", Reason.IP_BLOCKED),
        ("The message contains a virus", "", Reason.VIRUS_DETECTED),
        ("Greylisted, please come back later", "", Reason.GREYLISTED),
        ("Must issue a STARTTLS command first", "", Reason.TLS_REQUIRED),
        ("Too many connections from your host", "", Reason.RATE_LIMITED),
        ("Message exceeds maximum message size", "", Reason.MESSAGE_TOO_LARGE),
        ("The recipient has moved, new address anna@example.net", "", Reason.HAS_MOVED),
        ("Uživatel neexistuje", "", Reason.USER_UNKNOWN),
        ("Alıcı bulunamadı", "", Reason.USER_UNKNOWN),
        ("존재하지 않는 사용자", "", Reason.USER_UNKNOWN),
        ("connect to mx.example.org[192.0.2.1]:25: Connection refused", "", Reason.NETWORK_ERROR),
        ("delivery temporarily suspended: Connection timed out", "", Reason.NETWORK_ERROR),
        ("your account has been temporarily suspended", "", Reason.MAILBOX_DISABLED),
        ("Message expired: 421 4.4.2 Connection timed out", "", Reason.EXPIRED),
        ("Daily user sending quota exceeded", "5.4.5", Reason.RATE_LIMITED),
        ("message header size exceeds policy limit", "5.3.4", Reason.MESSAGE_TOO_LARGE),
        ("DNS domain example.org does not exist", "5.4.310", Reason.HOST_UNKNOWN),
        ("SenderNotAuthenticatedForGroup; authentication required", "5.7.133", Reason.POLICY_BLOCKED),
        ("Access denied, sending domain fails the required authentication", "5.7.515", Reason.AUTHENTICATION_FAILED),
        ("nothing to say", "5.1.1", Reason.USER_UNKNOWN),
        ("nothing to say", "5.7.1", Reason.POLICY_BLOCKED),
        ("User unknown", "5.2.2", Reason.MAILBOX_FULL),
        ("nothing to say", "5.9.9", Reason.UNKNOWN),
    ],
)
def test_reason_is_found_in_words_of_many_languages_or_in_the_code(words: str, status: str, reason: Reason) -> None:
    assert reason_of(words, status) is reason


def test_names_in_addresses_give_no_reason() -> None:
    found = failed("spam.virus@example.org", "<spam.virus@example.org>: hm")

    assert found.reason is Reason.UNKNOWN


def test_words_beside_an_address_in_full_width_brackets_are_read() -> None:
    found = failed("anna@example.org", "收件人地址（anna@example.org）不存在，无法送达")

    assert found.reason is Reason.USER_UNKNOWN


def test_diagnostic_is_one_line_and_bounded() -> None:
    found = failed("anna@example.org", "550 no\n" * 10_000)

    assert "\n" not in found.diagnostic
    assert len(found.diagnostic) <= 1000
