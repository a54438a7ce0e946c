import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from mailboxes.models import Conversation, Mailbox
from mailhub import clock
from tests.factories import Cast, make_incoming, make_mailbox, make_outgoing

pytestmark = pytest.mark.usefixtures("scope")

LIST = reverse("mailboxes:mailbox-list")


def url(name: str, mailbox: Mailbox) -> str:
    return reverse(f"mailboxes:mailbox-{name}", args=[mailbox.pk])


def typed(**changes: str) -> dict[str, str]:
    return {"name": "Support", "address": "support@example.com", "kind": "service", "comments": "", **changes}


def test_owner_sees_every_mailbox_of_the_account(owner: Client) -> None:
    text = owner.get(LIST).content.decode()

    assert "Support" in text
    assert "Directors" in text
    assert "Sales" not in text


def test_member_sees_only_the_mailboxes_that_they_may_use(member: Client, cast: Cast) -> None:
    rows = member.get(LIST).context["rows"]

    assert [row.mailbox for row in rows] == [cast.mailbox]


def test_member_sees_no_control_that_changes_something(member: Client, cast: Cast) -> None:
    incoming, outgoing = make_incoming(cast.mailbox), make_outgoing(cast.mailbox)

    text = member.get(LIST).content.decode() + member.get(url("detail", cast.mailbox)).content.decode()

    controls = [reverse("mailboxes:mailbox-add"), *(url(verb, cast.mailbox) for verb in ("change", "activate"))]
    controls += [url("deactivate", cast.mailbox), reverse("mailboxes:connected-add", args=[cast.mailbox.pk])]
    for way, server in (("incoming", incoming), ("outgoing", outgoing)):
        controls.append(reverse(f"mailboxes:{way}-add", args=[cast.mailbox.pk]))
        for verb in ("change", "switch", "test", "resume", "delete"):
            controls.append(reverse(f"mailboxes:{way}-{verb}", args=[cast.mailbox.pk, server.pk]))
    controls.append(reverse("mailboxes:outgoing-check", args=[cast.mailbox.pk, outgoing.pk]))
    assert not [path for path in controls if f'"{path}"' in text]


@pytest.mark.parametrize("name", ["detail", "change", "delete"])
def test_strangers_mailbox_is_not_found(stranger: Client, cast: Cast, name: str) -> None:
    assert stranger.get(url(name, cast.mailbox)).status_code == 404


@pytest.mark.parametrize("name", ["activate", "deactivate", "delete", "change"])
def test_strangers_change_nothing(stranger: Client, cast: Cast, name: str) -> None:
    answer = stranger.post(url(name, cast.mailbox), typed(name="Taken over", confirm="Support"))

    assert answer.status_code == 404
    assert cast.mailbox.refreshed().name == "Support"
    assert cast.mailbox.refreshed().is_active


def test_unpermitted_mailbox_is_not_found_by_a_member(member: Client, cast: Cast) -> None:
    assert member.get(url("detail", cast.hidden_mailbox)).status_code == 404
    assert member.get(reverse("mailboxes:error-list", args=[cast.hidden_mailbox.pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 20])
def test_list_asks_the_same_number_of_queries_for_any_number_of_mailboxes(
    owner: Client, cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        mailbox = make_mailbox(cast.tenant)
        make_incoming(mailbox)
        make_outgoing(mailbox)
        make_outgoing(mailbox, is_default=False)
    owner.get(LIST)

    with django_assert_num_queries(13):
        owner.get(LIST)


def test_empty_list_leads_to_the_first_mailbox(stranger: Client, cast: Cast) -> None:
    stranger.post(url("delete", cast.other_mailbox), {"confirm": "Sales"})

    text = stranger.get(LIST).content.decode()

    assert "No mailbox yet" in text
    assert reverse("mailboxes:mailbox-add") in text


def test_list_goes_on_on_further_pages(owner: Client, cast: Cast) -> None:
    for _ in range(60):
        make_mailbox(cast.tenant)

    first, second = owner.get(LIST), owner.get(LIST, {"page": 2})

    assert len(first.context["rows"]) == 50
    assert len(second.context["rows"]) == 12


def test_change_saves_name_address_and_kind(owner: Client, cast: Cast) -> None:
    owner.post(url("change", cast.mailbox), typed(name="Helpdesk", kind="marketing"))

    changed = cast.mailbox.refreshed()
    assert (changed.name, changed.address, changed.kind) == ("Helpdesk", "support@example.com", "marketing")


def test_kind_is_fixed_once_mail_has_flowed(owner: Client, cast: Cast) -> None:
    Mailbox.objects.filter(pk=cast.mailbox.pk).update(first_mail_at=clock.now())

    owner.post(url("change", cast.mailbox), typed(kind="marketing"))

    assert cast.mailbox.refreshed().kind == Mailbox.Kind.SERVICE
    assert "Fixed since the first mail" in owner.get(url("change", cast.mailbox)).content.decode()


def test_name_of_another_mailbox_is_refused(owner: Client, cast: Cast) -> None:
    answer = owner.post(url("change", cast.mailbox), typed(name="Directors"))

    assert "name" in answer.context["form"].errors
    assert cast.mailbox.refreshed().name == "Support"


def test_deactivate_stops_and_activate_makes_its_server_due(owner: Client, cast: Cast) -> None:
    server = make_incoming(cast.mailbox)

    owner.post(url("deactivate", cast.mailbox))
    was_off = not cast.mailbox.refreshed().is_active
    owner.post(url("activate", cast.mailbox))

    assert was_off
    assert cast.mailbox.refreshed().is_active
    assert server.refreshed().next_poll_at <= clock.now()


def test_delete_says_what_goes_with_the_mailbox(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox)
    now = clock.now()
    for _ in range(2):
        Conversation.objects.create(tenant=cast.tenant, mailbox=cast.mailbox, created_at=now, last_at=now)

    text = owner.get(url("delete", cast.mailbox)).content.decode()

    assert "2 conversations" in text
    assert "1 incoming server" in text


@pytest.mark.parametrize("confirm", ["", "support", "Directors"])
def test_delete_wants_the_name_typed(owner: Client, cast: Cast, confirm: str) -> None:
    answer = owner.post(url("delete", cast.mailbox), {"confirm": confirm})

    assert answer.status_code == 422
    assert Mailbox.objects.filter(pk=cast.mailbox.pk).exists()


def test_delete_takes_the_mailbox_away(owner: Client, cast: Cast) -> None:
    make_incoming(cast.mailbox)
    make_outgoing(cast.mailbox)

    owner.post(url("delete", cast.mailbox), {"confirm": "Support", "successor": str(cast.hidden_mailbox.pk)})

    assert not Mailbox.objects.filter(pk=cast.mailbox.pk).exists()


def test_delete_by_get_deletes_nothing(owner: Client, cast: Cast) -> None:
    owner.get(url("delete", cast.mailbox), {"confirm": "Support"})

    assert Mailbox.objects.filter(pk=cast.mailbox.pk).exists()


@pytest.mark.parametrize("name", ["activate", "deactivate"])
def test_switches_do_nothing_by_get(owner: Client, cast: Cast, name: str) -> None:
    assert owner.get(url(name, cast.mailbox)).status_code == 405


def test_names_are_shown_as_text(owner: Client, cast: Cast) -> None:
    Mailbox.objects.filter(pk=cast.mailbox.pk).update(name="<script>alert(1)</script>")

    pages = [owner.get(LIST), owner.get(url("detail", cast.mailbox)), owner.get(url("delete", cast.mailbox))]

    assert not [page for page in pages if "<script>alert" in page.content.decode()]


@pytest.mark.parametrize(
    ("listens_at", "words"),
    [("127.0.0.1:2525", "Mail that is redirected here lands in this mailbox"), ("", "not taken in yet")],
)
def test_the_page_says_whether_the_direct_address_takes_mail(
    member: Client, cast: Cast, settings: Settings, listens_at: str, words: str
) -> None:
    settings.RECEIVE_SMTP, settings.RECEIVE_LMTP = listens_at, ""

    text = member.get(url("detail", cast.mailbox)).content.decode()

    assert cast.mailbox.direct_address in text
    assert words in text
