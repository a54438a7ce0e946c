"""Subjects compared."""

import pytest

from mailboxes.subjects import is_answer, normalise_subject, subject_key


@pytest.mark.parametrize(
    "subject",
    [
        "Your quote",
        "Re: Your quote",
        "RE: re: Your  quote ",
        "AW: WG: Your quote",
        "Re[2]: Your quote",
        "Re(3): FW: Your quote",
        "SV: VS: Your quote",
        "[EXTERNAL] Re: Your quote",
        "回复：Your quote",
        "Automatic reply: Your quote",
        "Réponse automatique : Your quote",
    ],
)
def test_what_programs_put_in_front_does_not_count(subject: str) -> None:
    assert normalise_subject(subject) == "your quote"
    assert subject_key(subject) == subject_key("YOUR QUOTE")


@pytest.mark.parametrize(
    "subject", ["Re: Your quote", "Antw: Your quote", "Out of office: Your quote", "R: Your quote"]
)
def test_an_answer_says_so(subject: str) -> None:
    assert is_answer(subject)


@pytest.mark.parametrize("subject", ["Your quote", "Fwd: Your quote", "Regarding: Your quote", "Reservation: two", ""])
def test_a_new_mail_and_a_forward_are_no_answers(subject: str) -> None:
    assert not is_answer(subject)


def test_what_says_nothing_has_no_key() -> None:
    assert subject_key("Re: Hi") is None
    assert subject_key("") is None


def test_a_long_row_of_prefixes_takes_no_long_time() -> None:
    assert normalise_subject("Re: " * 100_000 + "x") == ""
