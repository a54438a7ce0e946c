"""How people ask to be taken off a list, and what only sounds like it."""

import pytest

from mailboxes.classifying.kinds import Classification, Kind
from mailboxes.classifying.table import classify
from mailboxes.parsing import parse

REQUESTS = {
    "English": "Please remove me from your mailing list.",
    "English, polite": "Hi,\n\ncan you please unsubscribe me from this list?\n\nThanks,\nJan",
    "English, angry": "stop sending me these emails!!",
    "English, off": "Take me off your list",
    "English, wish": "I no longer wish to receive your newsletter.",
    "one word": "Unsubscribe",
    "stop": "STOP",
    "with a signature": "unsubscribe\n\n-- \nJan Ott\nHead of purchasing at South, builders of boats",
    "from a phone": "Opt out\n\nSent from my iPhone",
    "German": "Bitte abmelden.",
    "German, list": "Bitte nehmen Sie mich aus dem Verteiler.\n\nMit freundlichen Grüßen\nJan Ott",
    "French": "Merci de me désinscrire de votre liste",
    "French, one word": "Désinscription",
    "Spanish": "Por favor, darme de baja. Gracias",
    "Italian": "Vi prego di cancellarmi dalla vostra mailing list, grazie",
    "Dutch": "Graag mij uitschrijven voor de nieuwsbrief",
    "Polish": "Proszę o wypisanie mnie z listy",
    "Russian": "Пожалуйста, отпишите меня от рассылки",
    "Japanese": "配信停止",
    "Chinese": "退订",
}
NO_REQUESTS = {
    "an answer": "Thanks, the offer looks fine. Please send the contract.",
    "a meeting": "Please remove me from the meeting on Friday, I cannot come.",
    "a delivery": "Please stop the delivery of order 4711, we have moved.",
    "the contrary": "Please don't remove me from the list!",
    "a question": "How do I unsubscribe a customer from our list?",
    "a broken link": "The unsubscribe link in our template is broken.",
    "a feature": "Can we unsubscribe users in bulk? Our list has many of them.",
    "a long letter": "Please unsubscribe me. " + "Besides, we would like to talk about the halls in the north. " * 8,
}
QUOTED_FOOTER = "\n\nOn Mon, 27 Jul 2026 at 10:00, Harbor <news@harbor.example> wrote:\n> To unsubscribe click here\n"


@pytest.mark.parametrize("text", REQUESTS.values(), ids=REQUESTS)
def test_short_wish_is_a_request(text: str) -> None:
    found = _answer(text + QUOTED_FOOTER)

    assert (found.kind, found.original_message_id) == (Kind.UNSUBSCRIBE, "july@harbor.example")


@pytest.mark.parametrize("text", NO_REQUESTS.values(), ids=NO_REQUESTS)
def test_other_mail_with_the_word_is_none(text: str) -> None:
    assert _answer(text + QUOTED_FOOTER).kind == Kind.REPLY


@pytest.mark.parametrize(
    "subject", ["unsubscribe", "Unsubscribe", "UNSUBSCRIBE 7f3a99e1", "unsubscribe jan@south.example", "Abmelden"]
)
def test_subject_of_a_button_is_a_request(subject: str) -> None:
    assert _letter(subject, "").kind == Kind.UNSUBSCRIBE


@pytest.mark.parametrize("subject", ["Unsubscribe button", "Please do not unsubscribe", "Stop at the harbor"])
def test_other_subject_with_the_word_is_none(subject: str) -> None:
    assert _letter(subject, "See below.").kind == Kind.NORMAL


@pytest.mark.parametrize(
    "recipient", ["unsubscribe@harbor.example", "news+unsubscribe=7f3a@harbor.example", "unsub-7f3a@harbor.example"]
)
def test_address_for_leaving_needs_no_words(recipient: str) -> None:
    assert _letter("", "", to=recipient).kind == Kind.UNSUBSCRIBE
    assert _letter("Boats", "Who sells your boats in the south? I need three.", to=recipient).kind == Kind.NORMAL


def _answer(text: str) -> Classification:
    raw = (
        "From: jan@south.example\nTo: news@harbor.example\nSubject: Re: News of July\n"
        f"In-Reply-To: <july@harbor.example>\n\n{text}\n"
    ).encode()
    return classify(raw, parse(raw))


def _letter(subject: str, text: str, *, to: str = "news@harbor.example") -> Classification:
    raw = f"From: jan@south.example\nTo: {to}\nSubject: {subject}\n\n{text}\n".encode()
    return classify(raw, parse(raw))
