"""What owners and administrators may do to people, and to whom (SPEC T1, T2)."""

import threading
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.db import connection
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from mailboxes.models import MailboxAccess, OutgoingMessage
from mailhub.people import members
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, make_outgoing, make_person, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send
from tests.mailhub.people.conftest import with_app, words_of

LIST = "people:person-list"
ACTS: dict[str, Callable[..., None]] = {
    "demote": lambda person, by: members.change_role(person, Role.MEMBER, by=by),
    "deactivate": lambda person, by: members.deactivate(person, by=by),
    "remove": lambda person, by: members.remove(person, by=by),
}


def now_is(person: Membership) -> tuple[str, bool] | None:
    return Membership.objects.filter(pk=person.pk).values_list("role", "is_active").first()


@pytest.mark.django_db
def test_owners_and_administrators_come_first_in_bold(cast: Cast) -> None:
    make_person(cast.tenant, Role.ADMINISTRATOR)
    make_person(cast.tenant, Role.OWNER)

    page = signed_in(cast.owner).get(reverse(LIST))

    roles = [person.role for person in page.context["page"]]
    assert roles == ["owner", "owner", "administrator", "member"]
    assert page.content.decode().count("sees-all") == 3
    assert cast.stranger.user.email not in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 22])
def test_list_asks_the_same_number_of_queries_for_any_number_of_people(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = signed_in(cast.owner)
    for number in range(count):
        person = make_person(cast.tenant, Role.MEMBER)
        with_app(person.user)
        signed_in(person).get(reverse("people:security"))
        values = {"addresses": f"guest{number}@people.example", "role": "member"}
        if number < 20:
            browser.post(reverse("people:invitation-add"), values)
    browser.get(reverse(LIST))

    with django_assert_num_queries(9):
        page = browser.get(reverse(LIST))

    assert len(page.context["page"]) == count + 2


@pytest.mark.django_db
def test_list_says_who_has_a_second_factor_and_when_they_were_here(cast: Cast) -> None:
    with_app(cast.member.user)
    signed_in(cast.member).get(reverse("people:security"))

    people = {one.pk: one for one in signed_in(cast.owner).get(reverse(LIST)).context["page"]}

    assert people[cast.member.pk].has_second_factor
    assert people[cast.member.pk].presence.last_active_at is not None
    assert not people[cast.owner.pk].has_second_factor


@pytest.mark.django_db
def test_what_a_person_does_elsewhere_is_not_told(cast: Cast) -> None:
    Membership.objects.create(tenant=cast.tenant, user=cast.stranger.user, role=Role.MEMBER)
    other = signed_in(cast.stranger)
    session = other.session
    session["membership"] = str(cast.stranger.pk)
    session.save()
    other.get(reverse("people:security"))

    people = signed_in(cast.owner).get(reverse(LIST)).context["page"]

    here = next(one for one in people if one.user == cast.stranger.user)
    assert not hasattr(here, "presence")


@pytest.mark.django_db
@pytest.mark.parametrize("act", ACTS)
def test_an_administrator_changes_no_owner(cast: Cast, act: str) -> None:
    administrator = make_person(cast.tenant, Role.ADMINISTRATOR)

    with tenant_scope(cast.tenant.pk), pytest.raises(members.Refused, match="Only an owner"):
        ACTS[act](cast.owner, administrator)

    assert now_is(cast.owner) == ("owner", True)


@pytest.mark.django_db
def test_an_administrator_makes_no_owner(cast: Cast) -> None:
    browser = signed_in(make_person(cast.tenant, Role.ADMINISTRATOR))

    answer = browser.post(reverse("people:person-role", args=[cast.member.pk]), {"role": "owner"})

    assert answer.status_code == 422
    assert now_is(cast.member) == ("member", True)


@pytest.mark.django_db
@pytest.mark.parametrize("act", ACTS)
def test_the_last_owner_stays(cast: Cast, act: str) -> None:
    former = make_person(cast.tenant, Role.OWNER)
    Membership.objects.filter(pk=former.pk).update(is_active=False)

    with tenant_scope(cast.tenant.pk):
        for by in (cast.owner, former, make_person(cast.tenant, Role.ADMINISTRATOR), cast.member):
            with pytest.raises(members.Refused):
                ACTS[act](cast.owner, by)

    assert now_is(cast.owner) == ("owner", True)


@pytest.mark.django_db
@pytest.mark.parametrize("act", ACTS)
def test_an_owner_changes_another_owner(cast: Cast, act: str) -> None:
    other = make_person(cast.tenant, Role.OWNER)

    with tenant_scope(cast.tenant.pk):
        ACTS[act](other, cast.owner)

    assert now_is(other) == {"demote": ("member", True), "deactivate": ("owner", False), "remove": None}[act]


@pytest.mark.django_db
def test_nobody_changes_their_own_role(cast: Cast) -> None:
    answer = signed_in(cast.owner).post(
        reverse("people:person-role", args=[cast.owner.pk]), {"role": "member"}, follow=True
    )

    assert "Nobody changes their own role" in words_of(answer.content)
    assert now_is(cast.owner) == ("owner", True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ACTS)
def test_two_owners_who_unmake_each_other_at_once_leave_one(act: str) -> None:
    cast = make_cast()
    first, second = cast.owner, make_person(cast.tenant, Role.OWNER)
    gate, refused = threading.Barrier(2), []

    def attempt(person: Membership, by: Membership) -> None:
        try:
            gate.wait()
            with tenant_scope(cast.tenant.pk):
                ACTS[act](person, by)
        except members.Refused as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    owners = Membership.objects.filter(tenant=cast.tenant, role=Role.OWNER, is_active=True)
    assert owners.count() == 1
    assert len(refused) == 1


@pytest.mark.django_db
def test_a_deactivated_person_is_out_with_the_next_request_and_back_as_they_were(cast: Cast) -> None:
    owner, member = signed_in(cast.owner), signed_in(cast.member)
    url = reverse("people:security")

    before = member.get(url).status_code
    owner.post(reverse("people:person-deactivate", args=[cast.member.pk]))
    while_out = member.get(url)
    owner.post(reverse("people:person-reactivate", args=[cast.member.pk]))

    assert before == 200
    assert while_out["Location"] == reverse("shell:no-account")
    assert member.get(url).status_code == 200
    with tenant_scope(cast.tenant.pk):
        assert MailboxAccess.objects.filter(membership=cast.member).exists()


@pytest.mark.django_db
def test_what_a_removed_person_wrote_stays(cast: Cast) -> None:
    server = make_outgoing(cast.mailbox)
    message = receive(cast.mailbox, make_raw())
    send(server, cast.member, conversation=conversation_of(message), answers=message)
    owner = signed_in(cast.owner)
    url = reverse("people:person-remove", args=[cast.member.pk])

    asked = owner.get(url)
    owner.post(url)

    assert "What they wrote stays" in words_of(asked.content)
    assert now_is(cast.member) is None
    with tenant_scope(cast.tenant.pk):
        assert OutgoingMessage.objects.count() == 1
        assert not MailboxAccess.objects.filter(membership=cast.member.pk).exists()


@pytest.mark.django_db
def test_an_administrator_resets_a_second_factor_and_the_person_hears_of_it(cast: Cast) -> None:
    with_app(cast.member.user)
    administrator = make_person(cast.tenant, Role.ADMINISTRATOR)

    signed_in(administrator).post(reverse("people:person-reset-second-factor", args=[cast.member.pk]))

    assert not Authenticator.objects.filter(user=cast.member.user).exists()
    [message] = mail.outbox
    assert message.to == [cast.member.user.email]
    assert str(administrator.user) in message.body


@pytest.mark.django_db
def test_nobody_resets_the_second_factor_of_a_person_of_other_accounts(cast: Cast) -> None:
    with_app(cast.stranger.user)
    guest = Membership.objects.create(tenant=cast.tenant, user=cast.stranger.user, role=Role.MEMBER)

    answer = signed_in(cast.owner).post(reverse("people:person-reset-second-factor", args=[guest.pk]), follow=True)

    assert "cannot be reset here" in words_of(answer.content)
    assert Authenticator.objects.filter(user=cast.stranger.user).exists()
    assert not mail.outbox


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["detail", "role", "deactivate", "reactivate", "remove", "reset-second-factor"])
def test_a_person_of_another_account_is_not_found(cast: Cast, verb: str) -> None:
    browser = signed_in(cast.owner)
    url = reverse(f"people:person-{verb}", args=[cast.stranger.pk])

    answer = browser.get(url) if verb == "detail" else browser.post(url, {"role": "member"})

    assert answer.status_code == 404
    assert now_is(cast.stranger) == ("owner", True)


@pytest.mark.django_db
def test_members_see_only_their_own_pages(cast: Cast) -> None:
    browser = signed_in(cast.member)

    page = browser.get(reverse("people:security")).content.decode()

    assert browser.get(reverse(LIST)).status_code == 403
    assert reverse(LIST) not in page
    assert reverse("people:session-list") in page
