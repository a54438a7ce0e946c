"""The templates of an account in the settings (SPEC M27)."""

from datetime import UTC, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from mailboxes.models import Autoresponder, ReplyTemplate
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, make_outgoing, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LIST = "/settings/templates/"
WRITTEN = {"name": "Thanks", "subject": "Thank you", "body": "<p>From {{ mailbox_name }}</p>", "body_format": "html"}


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def _template(cast: Cast, name: str = "Thanks") -> ReplyTemplate:
    with tenant_scope(cast.tenant.pk):
        template: ReplyTemplate = ReplyTemplate.objects.create(
            tenant=cast.tenant, name=name, html="<p>Thanks.</p>", created_at=NOON, changed_at=NOON
        )
    return template


def test_a_template_is_written_changed_and_deleted(cast: Cast) -> None:
    browser = signed_in(cast.owner)

    browser.post(f"{LIST}add/", WRITTEN)
    with tenant_scope(cast.tenant.pk):
        template = ReplyTemplate.objects.get()
    assert template.html == "<p>From {{ mailbox_name }}</p>"

    browser.post(f"{LIST}{template.pk}/", {**WRITTEN, "name": "Many thanks"})
    with tenant_scope(cast.tenant.pk):
        assert ReplyTemplate.objects.get().name == "Many thanks"

    browser.post(f"{LIST}{template.pk}/delete/")
    with tenant_scope(cast.tenant.pk):
        assert not ReplyTemplate.objects.exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": ""}, "required"),
        ({"body": "<p> </p>"}, "Write what the answer says."),
        ({"body": "<p>{{ unknown }}</p>"}, "There is no field"),
        ({"subject": "{% include 'x' %}"}, "cannot be understood"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(cast: Cast, changed: dict[str, str], words: str) -> None:
    answer = signed_in(cast.owner).post(f"{LIST}add/", {**WRITTEN, **changed})

    assert answer.status_code == 422
    assert words in answer.content.decode().replace("&#x27;", "'")
    with tenant_scope(cast.tenant.pk):
        assert not ReplyTemplate.objects.exists()


def test_a_name_is_given_once(cast: Cast) -> None:
    _template(cast)

    answer = signed_in(cast.owner).post(f"{LIST}add/", WRITTEN)

    assert answer.status_code == 422
    assert b"Another template of this account has this name." in answer.content


def test_text_without_the_editor_becomes_html(cast: Cast) -> None:
    signed_in(cast.owner).post(f"{LIST}add/", {**WRITTEN, "body": "One < two\n{{ mailbox_name }}", "body_format": ""})

    with tenant_scope(cast.tenant.pk):
        assert "One &lt; two<br>" in ReplyTemplate.objects.get().html


def test_links_and_scripts_obey_the_rules_for_mail(cast: Cast) -> None:
    body = '<p><a href="javascript:alert(1)">a</a><a href="{{ mailbox_name }}">b</a><img src=x onerror=alert(1)></p>'

    signed_in(cast.owner).post(f"{LIST}add/", {**WRITTEN, "body": body})

    with tenant_scope(cast.tenant.pk):
        html = ReplyTemplate.objects.get().html
    assert "javascript" not in html
    assert "onerror" not in html
    assert "href" not in html


def test_the_preview_fills_in_the_fields_and_writes_nothing(cast: Cast) -> None:
    answer = signed_in(cast.owner).post(f"{LIST}preview/", {**WRITTEN, "subject": "From {{ mailbox_name }}"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "From Directors" in page
    assert "sandbox" in page
    with tenant_scope(cast.tenant.pk):
        assert not ReplyTemplate.objects.exists()


def test_the_preview_says_what_cannot_be_filled_in(cast: Cast) -> None:
    answer = signed_in(cast.owner).post(f"{LIST}preview/", {**WRITTEN, "body": "<p>{{ oops }}</p>"})

    assert answer.status_code == 422
    assert b"There is no field" in answer.content


def test_a_template_that_something_answers_with_stays(cast: Cast) -> None:
    template = _template(cast)
    with tenant_scope(cast.tenant.pk):
        Autoresponder.objects.create(tenant=cast.tenant, mailbox=cast.mailbox, template=template)

    answer = signed_in(cast.owner).post(f"{LIST}{template.pk}/delete/")

    assert answer.status_code == 422
    assert b"the autoresponder of Support" in answer.content
    with tenant_scope(cast.tenant.pk):
        assert ReplyTemplate.objects.exists()


def test_a_template_with_fields_of_people_cannot_answer_by_itself(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    browser.post(f"{LIST}add/", {**WRITTEN, "body": "<p>Hello {{ contact_first_name }}</p>"})
    with tenant_scope(cast.tenant.pk):
        template = ReplyTemplate.objects.get()

    answer = browser.post(
        f"/mailboxes/{cast.mailbox.pk}/autoresponder/", {"is_active": "on", "template": str(template.pk)}
    )

    assert answer.status_code == 422
    assert b"uses contact_first_name" in answer.content
    with tenant_scope(cast.tenant.pk):
        assert not Autoresponder.objects.exists()


def test_a_template_that_answers_by_itself_takes_no_fields_of_people(cast: Cast) -> None:
    template = _template(cast)
    with tenant_scope(cast.tenant.pk):
        Autoresponder.objects.create(tenant=cast.tenant, mailbox=cast.mailbox, template=template)

    changed = {**WRITTEN, "subject": "For {{ contact_name }}"}
    answer = signed_in(cast.owner).post(f"{LIST}{template.pk}/", changed)

    assert answer.status_code == 422
    assert b"the autoresponder of Support" in answer.content
    with tenant_scope(cast.tenant.pk):
        assert ReplyTemplate.objects.get().subject == ""


def test_the_preview_in_a_conversation_is_filled_in_with_it(cast: Cast) -> None:
    make_outgoing(cast.mailbox)
    mail = make_raw(subject="Forty seats", from_="nina@customer.example")
    conversation = conversation_of(receive(cast.mailbox, mail))
    typed = {**WRITTEN, "body": "<p>Hello {{ contact_first_name }}, {{ contact_address }}</p>"}

    page = signed_in(cast.owner).post(f"{LIST}preview/", {**typed, "conversation": str(conversation.pk)})

    assert page.status_code == 200
    assert "Re: Forty seats" in page.content.decode()
    assert "{{ contact_first_name }}, nina@customer.example" in page.content.decode()
    assert "contact_first_name has no value here" in page.content.decode()


def test_the_preview_says_when_nothing_can_be_sent_in_a_conversation(cast: Cast) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))

    page = signed_in(cast.owner).post(f"{LIST}preview/", {**WRITTEN, "conversation": str(conversation.pk)})

    assert "no active outgoing server" in page.content.decode()


def test_the_page_offers_conversations_that_one_may_see(cast: Cast) -> None:
    receive(cast.mailbox, make_raw(from_='"boss@corp.example" <evil@attacker.example>', subject="Forty seats"))

    page = signed_in(cast.owner).get(f"{LIST}add/").content.decode()

    assert "evil@attacker.example: Forty seats" in page
    assert "Forty seats" not in signed_in(cast.stranger).get(f"{LIST}add/").content.decode()


def test_a_letter_is_where_a_template_begins(cast: Cast) -> None:
    letter = {"from_letter": "1", "subject": "Shipping", "body": "<p>In <b>two</b> days</p><script>x</script>"}

    answer = signed_in(cast.owner).post(f"{LIST}add/", {**letter, "body_format": "html"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="Shipping"' in page
    assert "&lt;p&gt;In &lt;b&gt;two&lt;/b&gt; days&lt;/p&gt;" in page
    assert "script&gt;x" not in page
    with tenant_scope(cast.tenant.pk):
        assert not ReplyTemplate.objects.exists()


def test_members_keep_no_templates_and_strangers_find_nothing(cast: Cast) -> None:
    template = _template(cast)

    assert signed_in(cast.member).get(LIST).status_code == 403
    assert signed_in(cast.stranger).get(f"{LIST}{template.pk}/").status_code == 404
    assert b"Thanks" not in signed_in(cast.stranger).get(LIST).content


def test_the_list_costs_as_many_queries_for_one_as_for_many(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        _template(cast, f"Template {number}")
    browser = signed_in(cast.owner)
    browser.get(LIST)

    with django_assert_max_num_queries(20):
        browser.get(LIST)
