"""Who may use which mailbox, from the side of the mailbox and of the person (SPEC T2, T3, T5)."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from billing import subscribing
from billing.models import Plan
from mailboxes.models import Mailbox, MailboxAccess
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Role
from tests.factories import Cast, make_mailbox, make_person, make_tenant, signed_in

pytestmark = pytest.mark.usefixtures("scope")


def people_url(mailbox: Mailbox) -> str:
    return reverse("mailboxes:mailbox-people", args=[mailbox.pk])


def person_url(person: Membership) -> str:
    return reverse("mailboxes:person-access", args=[person.pk])


def ticked(*people: Membership, shown: list[Membership], **more: str) -> dict[str, object]:
    return {"people": [str(one.pk) for one in people], "shown": [str(one.pk) for one in shown], **more}


def users_of(mailbox: Mailbox) -> set[object]:
    return set(MailboxAccess.objects.filter(mailbox=mailbox).values_list("membership_id", flat=True))


def on_free_plan(cast: Cast) -> None:
    free = Plan.objects.get(code="free")
    subscribing.change_plan(subscribing.first_subscription(), free, now=clock.now())


def test_owners_and_administrators_stand_first_bold_ticked_and_fixed(owner: Client, cast: Cast) -> None:
    administrator = make_person(cast.tenant, Role.ADMINISTRATOR)

    text = owner.get(people_url(cast.mailbox)).content.decode()

    assert f"<strong>{administrator.user}</strong>" in text
    assert f'id="always-{administrator.pk}" checked disabled' in text
    assert text.index(f"always-{cast.owner.pk}") < text.index(f"person-{cast.member.pk}")
    assert f'name="people" value="{administrator.pk}"' not in text


def test_ticks_are_saved_in_one_request(owner: Client, cast: Cast) -> None:
    other, third = make_person(cast.tenant, Role.MEMBER), make_person(cast.tenant, Role.MEMBER)

    owner.post(people_url(cast.mailbox), ticked(other, third, shown=[cast.member, other, third]))

    assert users_of(cast.mailbox) == {other.pk, third.pk}


def test_people_whom_the_page_did_not_show_keep_what_they_have(owner: Client, cast: Cast) -> None:
    other = make_person(cast.tenant, Role.MEMBER)

    owner.post(people_url(cast.mailbox), ticked(other, shown=[other]))

    assert users_of(cast.mailbox) == {cast.member.pk, other.pk}


def test_a_grant_that_is_taken_away_ends_with_the_next_request(owner: Client, member: Client, cast: Cast) -> None:
    detail = reverse("mailboxes:mailbox-detail", args=[cast.mailbox.pk])
    before = member.get(detail).status_code

    owner.post(people_url(cast.mailbox), ticked(shown=[cast.member]))

    assert (before, member.get(detail).status_code) == (200, 404)


def test_an_open_mailbox_is_used_by_everyone_and_others_stay_private(owner: Client, cast: Cast) -> None:
    newcomer = make_person(cast.tenant, Role.MEMBER)

    owner.post(people_url(cast.mailbox), ticked(shown=[], is_open="on"))

    assert list(Mailbox.objects.visible_to(newcomer)) == [cast.mailbox]
    assert list(Mailbox.objects.visible_to(cast.member)) == [cast.mailbox]


def test_a_person_with_a_grant_sees_an_open_mailbox_once(cast: Cast) -> None:
    Mailbox.objects.filter(pk=cast.mailbox.pk).update(is_open=True)
    MailboxAccess.objects.create(tenant=cast.tenant, mailbox=cast.hidden_mailbox, membership=cast.member)

    assert Mailbox.objects.visible_to(cast.member).count() == 2


@pytest.mark.parametrize("who", ["owner", "stranger", "nobody"])
def test_a_forged_name_is_refused_and_changes_nothing(owner: Client, cast: Cast, who: str) -> None:
    """Owners are never excluded, people of other accounts never let in (SECURITY B098)."""
    forged = {"owner": cast.owner.pk, "stranger": cast.stranger.pk, "nobody": new_id()}[who]

    answer = owner.post(people_url(cast.mailbox), {"shown": [str(forged)], "people": [str(forged)]})
    excluding = owner.post(people_url(cast.mailbox), {"shown": [str(forged)]})

    assert (answer.status_code, excluding.status_code) == (422, 422)
    assert users_of(cast.mailbox) == {cast.member.pk}
    assert Mailbox.objects.visible_to(cast.owner).filter(pk=cast.mailbox.pk).exists()


def test_fields_that_the_form_does_not_have_do_nothing(owner: Client, cast: Cast) -> None:
    """SECURITY B096-B099."""
    claims = {"role": "owner", "tenant": str(cast.other_tenant.pk), "mailbox": str(cast.other_mailbox.pk), "plan": "x"}

    owner.post(people_url(cast.mailbox), ticked(cast.member, shown=[cast.member], **claims))

    cast.member.refresh_from_db()
    assert (cast.member.role, cast.member.tenant) == (Role.MEMBER, cast.tenant)
    assert cast.mailbox.refreshed().tenant == cast.tenant


def test_a_plan_without_the_feature_shows_it_explains_it_and_disables_it(owner: Client, cast: Cast) -> None:
    on_free_plan(cast)

    text = owner.get(people_url(cast.mailbox)).content.decode()

    assert "not part of the plan Free. The plans Standard and Premium have it." in text
    assert '<fieldset class="field" disabled>' in text
    assert cast.member.user.name in text


def test_a_downgrade_opens_nothing_and_locks_what_was_granted(owner: Client, cast: Cast) -> None:
    other = make_person(cast.tenant, Role.MEMBER)
    on_free_plan(cast)

    answer = owner.post(people_url(cast.mailbox), ticked(other, shown=[cast.member, other], is_open="on"))

    assert answer.status_code == 422
    assert users_of(cast.mailbox) == {cast.member.pk}
    assert not cast.mailbox.refreshed().is_open
    assert list(Mailbox.objects.visible_to(other)) == []


def test_members_and_strangers_are_kept_out(member: Client, stranger: Client, cast: Cast) -> None:
    assert member.get(people_url(cast.mailbox)).status_code == 403
    assert member.get(person_url(cast.member)).status_code == 403
    assert stranger.get(people_url(cast.mailbox)).status_code == 404
    assert stranger.get(person_url(cast.member)).status_code == 404
    assert stranger.post(person_url(cast.member), {}).status_code == 404


def test_the_same_grants_are_edited_from_the_person(owner: Client, cast: Cast) -> None:
    both = [str(cast.mailbox.pk), str(cast.hidden_mailbox.pk)]

    owner.post(person_url(cast.member), {"shown": both, "mailboxes": [str(cast.hidden_mailbox.pk)]})

    assert list(Mailbox.objects.visible_to(cast.member)) == [cast.hidden_mailbox]


def test_a_mailbox_of_others_is_not_granted_to_a_person(owner: Client, cast: Cast) -> None:
    forged = str(cast.other_mailbox.pk)

    answer = owner.post(person_url(cast.member), {"shown": [forged], "mailboxes": [forged]})

    assert answer.status_code == 422
    assert MailboxAccess.objects.count() == 1


def test_an_owner_is_shown_with_every_mailbox_and_changed_by_nothing(owner: Client, cast: Cast) -> None:
    text = owner.get(person_url(cast.owner)).content.decode()

    answer = owner.post(person_url(cast.owner), {"shown": [str(cast.mailbox.pk)]})

    assert "Owners use every mailbox" in text
    assert answer.status_code == 422
    assert Mailbox.objects.visible_to(cast.owner).count() == 2


def test_a_person_keeps_grants_that_the_plan_locks(owner: Client, cast: Cast) -> None:
    on_free_plan(cast)

    text = owner.get(person_url(cast.member)).content.decode()
    answer = owner.post(person_url(cast.member), {"shown": [str(cast.mailbox.pk)]})

    assert "fixed by the plan Free" in text
    assert answer.status_code == 422
    assert users_of(cast.mailbox) == {cast.member.pk}


def test_many_people_are_searched_by_name_and_address(owner: Client, cast: Cast) -> None:
    people = [make_person(cast.tenant, Role.MEMBER) for _ in range(14)]
    wanted = people[7]

    by_name = owner.get(people_url(cast.mailbox), {"q": wanted.user.name.upper()})
    by_address = owner.get(people_url(cast.mailbox), {"q": wanted.user.email})
    by_nothing = owner.get(people_url(cast.mailbox), {"q": "\0"})

    assert wanted in by_name.context["page"].object_list
    assert list(by_address.context["page"].object_list) == [wanted]
    assert by_nothing.status_code == 200


@pytest.mark.parametrize("count", [2, 30])
def test_both_lists_ask_the_same_number_of_queries_for_any_number(
    owner: Client, cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        make_person(cast.tenant, Role.MEMBER)
        make_mailbox(cast.tenant)
    owner.get(people_url(cast.mailbox))

    with django_assert_num_queries(17):
        owner.get(people_url(cast.mailbox))
    with django_assert_num_queries(11):
        owner.get(person_url(cast.member))


def test_a_new_mailbox_is_open_without_the_feature_and_closed_with_it(cast: Cast) -> None:
    free = make_mailbox(make_tenant("Small", plan="free"))
    standard = make_mailbox(cast.tenant)

    assert (free.is_open, standard.is_open) == (True, False)


def test_names_are_shown_as_text(owner: Client, cast: Cast) -> None:
    user = cast.member.user
    user.name = "<script>alert(1)</script>"
    user.save()

    pages = [owner.get(people_url(cast.mailbox)), owner.get(person_url(cast.member))]

    assert not [page for page in pages if "<script>alert" in page.content.decode()]


def test_the_person_of_a_grant_signs_in_and_sees_the_mailbox(cast: Cast) -> None:
    other = make_person(cast.tenant, Role.MEMBER)
    MailboxAccess.objects.create(tenant=cast.tenant, mailbox=cast.mailbox, membership=other)

    rows = signed_in(other).get(reverse("mailboxes:mailbox-list")).context["rows"]

    assert [row.mailbox for row in rows] == [cast.mailbox]
