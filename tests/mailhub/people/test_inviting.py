"""Invitations: who may send them, what a link opens, and what it never tells (SPEC T6, SECURITY B130)."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from mailhub import clock
from mailhub.tenancy import inviting
from mailhub.tenancy.models import Invitation, Membership, User
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope
from tests.factories import PASSWORD, Cast, make_person, signed_in
from tests.mailhub.people.conftest import link_in, words_of

pytestmark = pytest.mark.django_db

NEW = "nora@new.example"
JOIN = {"name": "Nora New", "password": "a long enough passphrase", "time_zone": "Europe/Berlin"}


def invite(browser: Client, addresses: str = NEW, role: str = "member") -> str:
    """Send an invitation and return the path of its link."""
    answer = browser.post(reverse("people:invitation-add"), {"addresses": addresses, "role": role})
    assert answer.status_code == 302, words_of(answer.content)
    return link_in(mail.outbox[-1])


def open_rows(cast: Cast) -> list[Invitation]:
    with tenant_scope(cast.tenant.pk):
        return list(inviting.open_invitations())


def test_somebody_new_enters_name_and_password_and_is_in(cast: Cast, client: Client) -> None:
    link = invite(signed_in(cast.owner), "Nora@New.example", "administrator")

    answer = client.post(link, JOIN, follow=True)

    membership = Membership.objects.get(user__email=NEW)
    assert answer.redirect_chain[0][0] == "/"
    assert (membership.tenant, membership.role) == (cast.tenant, Role.ADMINISTRATOR)
    assert (membership.user.name, membership.user.time_zone) == ("Nora New", "Europe/Berlin")
    assert membership.user.check_password(JOIN["password"])
    assert EmailAddress.objects.get(user=membership.user).verified


def test_the_mail_has_text_and_html_and_its_token_is_nowhere_in_the_database(cast: Cast) -> None:
    link = invite(signed_in(cast.owner))

    [message] = mail.outbox
    token = link.strip("/").split("/")[-1]
    assert message.subject == f"You are invited to {cast.tenant.name}"
    assert link in str(message.alternatives[0][0])  # type: ignore[attr-defined]
    assert len(token) >= 43
    [row] = open_rows(cast)
    assert token not in str(vars(row))
    assert token not in repr(inviting.Invited(row, token))


@pytest.mark.parametrize("header", ["host", "x-forwarded-host"])
def test_the_link_leads_to_the_configured_site(cast: Cast, header: str) -> None:
    """SECURITY B129."""
    values = {"addresses": NEW, "role": "member"}

    signed_in(cast.owner).post(reverse("people:invitation-add"), values, headers={header: "evil.example"})

    [message] = mail.outbox
    assert "http://localhost:8000/invitations/" in message.body
    assert "evil.example" not in f"{message.body}{message.alternatives[0][0]}"  # type: ignore[attr-defined]


def test_somebody_with_a_sign_in_comes_back_to_the_page_and_joins(cast: Cast, client: Client) -> None:
    link = invite(signed_in(cast.owner), cast.stranger.user.email)

    asked = client.get(link)
    back = client.post(
        f"{reverse('account_login')}?next={link}", {"login": cast.stranger.user.email, "password": PASSWORD}
    )
    shown = client.get(back["Location"])
    client.post(link)

    assert "Sign in as" in words_of(asked.content)
    assert back["Location"] == link
    assert f"Join {cast.tenant.name}" in words_of(shown.content)
    assert Membership.objects.filter(user=cast.stranger.user).count() == 2
    assert client.get(reverse("shell:start")).context["request"].principal.tenant == cast.tenant


def test_somebody_signed_in_as_another_is_told_so_with_the_way_out(cast: Cast) -> None:
    link = invite(signed_in(cast.owner))
    other = signed_in(cast.stranger)

    page = other.get(link)
    posted = other.post(link, JOIN)
    out = other.post(reverse("account_logout"), {"next": link})

    assert "This is for somebody else" in words_of(page.content)
    assert cast.stranger.user.email in page.content.decode()
    assert NEW not in page.content.decode()
    assert "This is for somebody else" in words_of(posted.content)
    assert out["Location"] == link
    assert not Membership.objects.filter(user=cast.stranger.user, tenant=cast.tenant).exists()


@pytest.mark.parametrize("path", ["/invitations/", "/invitations//", "/invitations/%20/", "/invitations/x/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_that_is_none_is_not_found(cast: Cast, client: Client, path: str, method: str) -> None:
    """SECURITY B130."""
    invite(signed_in(cast.owner))

    answer = getattr(client, method)(path, JOIN)

    assert answer.status_code == 404
    assert NEW not in answer.content.decode()


@pytest.mark.parametrize("over", ["expired", "revoked", "reused", "replaced"])
def test_a_link_that_is_over_tells_nothing(cast: Cast, client: Client, over: str) -> None:
    """SECURITY B130."""
    owner = signed_in(cast.owner)
    link = invite(owner)
    [row] = open_rows(cast)
    if over == "reused":
        Client().post(link, JOIN)
    elif over == "replaced":
        owner.post(reverse("people:invitation-resend", args=[row.pk]))
    else:
        with tenant_scope(cast.tenant.pk):
            changes = {"expired": {"expires_at": clock.now()}, "revoked": {"revoked_at": clock.now()}}
            Invitation.objects.update(**changes[over])
    never = client.get("/invitations/never/")

    answers = [client.get(link), client.post(link, JOIN)]

    assert [one.status_code for one in answers] == [404, 404]
    assert all(words_of(one.content) == words_of(never.content) for one in answers)
    assert User.objects.filter(email=NEW).exists() == (over == "reused")


def test_inviting_an_address_twice_leaves_one_open_invitation(cast: Cast, client: Client) -> None:
    first = invite(signed_in(cast.owner))

    second = invite(signed_in(cast.owner), role="administrator")

    [row] = open_rows(cast)
    assert row.role == Role.ADMINISTRATOR
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)


def test_two_accounts_may_invite_the_same_address(cast: Cast, client: Client) -> None:
    link, other_link = invite(signed_in(cast.owner)), invite(signed_in(cast.stranger))

    client.post(link, JOIN)
    client.post(other_link)

    assert Membership.objects.filter(user__email=NEW).count() == 2


@pytest.mark.parametrize("is_active", [True, False])
def test_inviting_a_member_says_so(cast: Cast, is_active: bool) -> None:
    Membership.objects.filter(pk=cast.member.pk).update(is_active=is_active)
    values = {"addresses": f"{NEW}, {cast.member.user.email}", "role": "member"}

    answer = signed_in(cast.owner).post(reverse("people:invitation-add"), values)

    assert answer.status_code == 422
    assert "is in this account" in words_of(answer.content)
    assert ("deactivated" in words_of(answer.content)) == (not is_active)
    assert not mail.outbox


def test_an_invitation_brings_no_deactivated_person_back(cast: Cast, client: Client) -> None:
    link = invite(signed_in(cast.owner))
    person = make_person(cast.tenant, Role.MEMBER)
    User.objects.filter(pk=person.user_id).update(email=NEW)
    Membership.objects.filter(pk=person.pk).update(is_active=False)
    client.force_login(User.objects.get(pk=person.user_id))

    client.post(link)

    assert not Membership.objects.get(pk=person.pk).is_active


def test_only_an_owner_invites_owners(cast: Cast) -> None:
    administrator = make_person(cast.tenant, Role.ADMINISTRATOR)
    browser = signed_in(administrator)

    answer = browser.post(reverse("people:invitation-add"), {"addresses": NEW, "role": "owner"})
    invite(signed_in(cast.owner), role="owner")
    [row] = open_rows(cast)
    browser.post(reverse("people:invitation-resend", args=[row.pk]))

    assert answer.status_code == 422
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("text", ["nobody", "ada@x.example, two words", "", "a" * 7000])
def test_what_is_no_address_is_refused_with_words(cast: Cast, text: str) -> None:
    answer = signed_in(cast.owner).post(reverse("people:invitation-add"), {"addresses": text, "role": "member"})

    assert answer.status_code == 422
    assert 'id="id_addresses_error"' in answer.content.decode()
    assert not mail.outbox


def test_many_are_invited_at_a_time_up_to_a_limit(cast: Cast) -> None:
    browser, url = signed_in(cast.owner), reverse("people:invitation-add")
    addresses = [f"person{number}@many.example" for number in range(21)]

    refused = browser.post(url, {"addresses": "\n".join(addresses), "role": "member"})
    browser.post(url, {"addresses": "\n".join(addresses[:20]), "role": "member"})

    assert refused.status_code == 422
    assert len(mail.outbox) == len(open_rows(cast)) == 20


def test_an_unconfirmed_sign_up_with_the_address_gives_way(cast: Cast, client: Client) -> None:
    link = invite(signed_in(cast.owner))
    sign_up = {"name": "Squatter", "account_name": "Squat", "email": NEW, "password1": "a squatters passphrase"}
    Client().post(reverse("account_signup"), sign_up)

    client.post(link, JOIN)

    user = User.objects.get(email=NEW)
    assert user.name == "Nora New"
    assert [one.tenant for one in user.memberships.all()] == [cast.tenant]


def test_a_weak_password_is_explained_at_its_field(cast: Cast, client: Client) -> None:
    link = invite(signed_in(cast.owner))

    answer = client.post(link, {**JOIN, "password": "nora@new.example"})

    assert answer.status_code == 422
    assert "too similar to the e-mail address" in words_of(answer.content)
    assert not User.objects.filter(email=NEW).exists()


@pytest.mark.parametrize("lookalike", ["ınfo@x.example", "INFO@x.example"])
def test_an_address_that_looks_alike_is_another(cast: Cast, client: Client, lookalike: str) -> None:
    """SECURITY B134: a dotless i is no i; capitals are the same letters."""
    info = User.objects.create_user("info@x.example", PASSWORD)
    EmailAddress.objects.create(user=info, email=info.email, primary=True, verified=True)
    link = invite(signed_in(cast.owner), lookalike)

    client.force_login(info)
    client.post(link)

    is_same = lookalike.isascii()
    assert Membership.objects.filter(user=info, tenant=cast.tenant).exists() == is_same


def test_an_invitation_of_another_account_is_not_found(cast: Cast) -> None:
    invite(signed_in(cast.owner))
    [row] = open_rows(cast)
    stranger = signed_in(cast.stranger)

    answers = [stranger.post(reverse(f"people:invitation-{verb}", args=[row.pk])) for verb in ("resend", "revoke")]

    assert [one.status_code for one in answers] == [404, 404]
    assert len(mail.outbox) == 1


def test_a_link_of_somebody_who_left_still_works(cast: Cast, client: Client) -> None:
    administrator = make_person(cast.tenant, Role.ADMINISTRATOR)
    link = invite(signed_in(administrator))
    with tenant_scope(cast.tenant.pk):
        administrator.delete()

    assert client.get(link).status_code == 200
    assert "someone who has left" in words_of(signed_in(cast.owner).get(reverse("people:person-list")).content)


def test_an_invitation_is_over_after_seven_days(cast: Cast) -> None:
    now = clock.now()
    with tenant_scope(cast.tenant.pk):
        invited = inviting.invite(NEW, Role.MEMBER, by=cast.owner, now=now)

    just_before, after = now + timedelta(days=6, hours=23), now + timedelta(days=7)
    assert inviting.find_invitation(invited.token, now=just_before) is not None
    assert inviting.find_invitation(invited.token, now=after) is None
