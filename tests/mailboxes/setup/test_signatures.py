"""The signature of a mailbox and one's own, on their pages (SPEC M21)."""

import pytest

from mailboxes.models import MailboxSignature, PersonalSignature
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, signed_in
from tests.mailboxes.mail.factories import make_raw, receive

OWN = "/settings/signature/"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def _url(cast: Cast) -> str:
    return f"/mailboxes/{cast.mailbox.pk}/signature/"


def _stored(cast: Cast) -> str:
    with tenant_scope(cast.tenant.pk):
        return str(MailboxSignature.objects.get().html)


def _written(html: str) -> dict[str, str]:
    return {"body": html, "body_format": "html"}


def test_the_signature_of_a_mailbox_is_written_changed_and_taken_away(cast: Cast) -> None:
    browser = signed_in(cast.owner)

    browser.post(_url(cast), _written("<p>{{ mailbox_name }}</p>"))
    assert _stored(cast) == "<p>{{ mailbox_name }}</p>"
    assert "{{ mailbox_name }}" in browser.get(_url(cast)).content.decode()

    browser.post(_url(cast), _written("<p>Acme</p>"))
    assert _stored(cast) == "<p>Acme</p>"

    browser.post(_url(cast), _written("<p>&nbsp;</p>"))
    assert _stored(cast) == ""


def test_ones_own_signature_is_ones_own(cast: Cast) -> None:
    signed_in(cast.owner).post(OWN, _written("<p>Olivia</p>"))
    signed_in(cast.member).post(OWN, {"body": "Bert <b>\nSupport", "body_format": ""})

    with tenant_scope(cast.tenant.pk):
        assert PersonalSignature.objects.get(membership=cast.owner).html == "<p>Olivia</p>"
        assert "Bert &lt;b&gt;<br>" in PersonalSignature.objects.get(membership=cast.member).html
    assert "Olivia" not in signed_in(cast.member).get(OWN).content.decode()


@pytest.mark.parametrize("url", ["own", "mailbox"])
@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>{{ contact_name }}</p>", "There is no field"),
        ("<p>{% include 'x' %}</p>", "cannot be understood"),
        ("<p>{{ mailbox.delete }}</p>", "There is no field"),
        ("{{ my_name }}" * 100_000, "too long"),
        ("<div>" * 300, "nested too deeply"),
    ],
)
def test_b101_to_b106_what_is_wrong_is_said_and_nothing_is_saved(cast: Cast, url: str, html: str, words: str) -> None:
    answer = signed_in(cast.owner).post(OWN if url == "own" else _url(cast), _written(html))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    with tenant_scope(cast.tenant.pk):
        assert not MailboxSignature.objects.exclude(html="").exists()
        assert not PersonalSignature.objects.exclude(html="").exists()


def test_scripts_and_what_pretends_to_be_a_signature_of_mailhub_are_taken_out(cast: Cast) -> None:
    html = (
        '<div class="mailhub-signature">Hi<script>alert(1)</script><a href="javascript:alert(1)" onclick=x>a</a></div>'
    )

    signed_in(cast.owner).post(_url(cast), _written(html))

    assert "class" not in _stored(cast)
    assert "alert" not in _stored(cast).replace("alert(1)</", "")
    assert "javascript" not in _stored(cast)


def test_the_preview_is_a_whole_mail_with_real_data(cast: Cast) -> None:
    receive(cast.mailbox, make_raw(subject="Forty seats", text="Could you send a quote? {{ company_name }}"))
    browser = signed_in(cast.owner)
    browser.post(OWN, _written("<p>Anna of {{ mailbox_name }}</p>"))

    page = browser.post(f"{_url(cast)}preview/", _written("<p>{{ company_name }} Ltd</p>")).content.decode()

    assert "Re: Forty seats" in page
    assert page.index("Anna of Support") < page.index("Acme Ltd") < page.index("Could you send a quote?")
    # B105: what the correspondent wrote is quoted as it is.
    assert "quote? {{ company_name }}" in page


def test_ones_own_preview_stands_above_the_signature_of_a_mailbox(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    browser.post(_url(cast), _written("<p>Acme Ltd</p>"))

    page = browser.post(f"{OWN}preview/", _written("<p>Anna</p>")).content.decode()

    assert page.index("Anna") < page.index("Acme Ltd")


def test_members_write_no_signature_of_a_mailbox_and_strangers_find_nothing(cast: Cast) -> None:
    assert signed_in(cast.member).get(_url(cast)).status_code == 403
    assert signed_in(cast.stranger).get(_url(cast)).status_code == 404
    assert signed_in(cast.stranger).post(f"{_url(cast)}preview/", _written("<p>x</p>")).status_code == 404


def test_a_preview_shows_no_mail_of_a_mailbox_that_one_may_not_use(cast: Cast) -> None:
    receive(cast.hidden_mailbox, make_raw(subject="Secret salaries", text="Canary"))

    page = signed_in(cast.member).post(f"{OWN}preview/", _written("<p>Bert</p>")).content.decode()

    assert "Bert" in page
    assert "Secret salaries" not in page
    assert "Canary" not in page
