"""Access tokens for saved servers: reused, brought by one for all, and replaced when a server refuses them."""

from datetime import timedelta

import pytest
from django.db import connection

from mailhub import clock
from mailhub.lib.secret import Secret
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models import OAuthCredential
from servers.oauth.failures import TokenFailure
from servers.signing_in import access_token, sign_in_again, sign_in_of
from tests.factories import Cast, make_incoming, make_outgoing
from tests.realservers.token_server import TokenServer, refusal
from tests.servers.oauth.credentials import by_refresh_token

NOW = clock.now()

pytestmark = pytest.mark.usefixtures("scope")


def refused_sign_in() -> ServerFailure:
    return ServerFailure(Operation.SIGN_IN, FailureKind.SIGN_IN_REFUSED, "[AUTHENTICATIONFAILED] No.")


def test_password_is_used_as_before(cast: Cast) -> None:
    sign_in = sign_in_of(make_incoming(cast.mailbox, password="open sesame"), now=NOW)

    assert sign_in is not None
    assert sign_in.password == Secret("open sesame")
    assert not sign_in.is_token


def test_server_that_asks_for_nothing_gets_nothing(cast: Cast) -> None:
    assert sign_in_of(make_outgoing(cast.mailbox, authenticate=False), now=NOW) is None


def test_token_is_reused_until_a_minute_before_it_expires(cast: Cast, token_server: TokenServer) -> None:
    server = make_incoming(cast.mailbox, oauth=by_refresh_token(cast.mailbox, token_server))

    first = sign_in_of(server, now=NOW)
    later = sign_in_of(server, now=NOW + timedelta(minutes=58, seconds=59))
    requests = len(token_server.requests)
    latest = sign_in_of(server, now=NOW + timedelta(minutes=59, seconds=1))

    assert first == later
    assert first is not None
    assert first.is_token
    assert requests == 1
    assert latest != first


def test_servers_that_share_a_sign_in_share_its_token(cast: Cast, token_server: TokenServer) -> None:
    credential = by_refresh_token(cast.mailbox, token_server)
    incoming = make_incoming(cast.mailbox, oauth=credential, username="ada")
    outgoing = make_outgoing(cast.mailbox, oauth=credential, username="ada")

    assert sign_in_of(incoming, now=NOW) == sign_in_of(outgoing, now=NOW)
    assert len(token_server.requests) == 1


def test_rotated_refresh_token_is_kept(cast: Cast, token_server: TokenServer) -> None:
    credential = by_refresh_token(cast.mailbox, token_server)

    for hours in (0, 2, 4):
        access_token(credential.pk, now=NOW + timedelta(hours=hours))

    assert token_server.accepts(credential.refreshed().grant().refresh_token.reveal())
    assert len(token_server.requests) == 3


def test_refresh_token_stays_where_none_comes(cast: Cast, token_server: TokenServer) -> None:
    token_server.rotates = False
    credential = by_refresh_token(cast.mailbox, token_server)
    before = credential.grant().refresh_token

    access_token(credential.pk, now=NOW)

    assert credential.refreshed().grant().refresh_token == before


def test_refused_token_is_replaced_once(cast: Cast, token_server: TokenServer) -> None:
    server = make_incoming(cast.mailbox, oauth=by_refresh_token(cast.mailbox, token_server))
    sign_in = sign_in_of(server, now=NOW)

    again = sign_in_again(server, refused_sign_in(), sign_in, now=NOW)
    other_worker = sign_in_again(server, refused_sign_in(), sign_in, now=NOW)

    assert again != sign_in
    assert other_worker == again
    assert len(token_server.requests) == 2


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (Operation.SIGN_IN, FailureKind.TRANSIENT),
        (Operation.CONNECT, FailureKind.TRANSIENT),
        (Operation.OPEN_FOLDER, FailureKind.PERMANENT),
    ],
)
def test_other_failures_cost_no_token(
    cast: Cast, token_server: TokenServer, operation: Operation, kind: FailureKind
) -> None:
    server = make_incoming(cast.mailbox, oauth=by_refresh_token(cast.mailbox, token_server))
    sign_in = sign_in_of(server, now=NOW)
    failure = ServerFailure(operation, kind, "Something else.")

    with pytest.raises(ServerFailure) as caught:
        sign_in_again(server, failure, sign_in, now=NOW)

    assert caught.value is failure
    assert len(token_server.requests) == 1


def test_wrong_password_is_not_tried_again(cast: Cast) -> None:
    server = make_incoming(cast.mailbox)
    failure = refused_sign_in()

    with pytest.raises(ServerFailure) as caught:
        sign_in_again(server, failure, sign_in_of(server, now=NOW), now=NOW)

    assert caught.value is failure


def test_refusal_needs_a_person_and_is_repeated_without_asking(cast: Cast, token_server: TokenServer) -> None:
    """SECURITY B116."""
    credential = by_refresh_token(cast.mailbox, token_server)
    token_server.refuses = refusal("invalid_grant", "Token has been expired or revoked.")

    failures = [failure_of(credential, now=NOW + timedelta(minutes=minutes)) for minutes in (0, 1, 14)]

    assert {(one.kind, one.words) for one in failures} == {
        (FailureKind.SIGN_IN_REFUSED, "invalid_grant: Token has been expired or revoked.")
    }
    assert all("Connect again" in one.advice for one in failures)
    assert credential.refreshed().needs_reconnect
    assert len(token_server.requests) == 1


def test_refused_sign_in_recovers_when_the_provider_thinks_better_of_it(cast: Cast, token_server: TokenServer) -> None:
    credential = by_refresh_token(cast.mailbox, token_server)
    token_server.refuses_next = [refusal("invalid_grant")]
    failure_of(credential, now=NOW)

    access_token(credential.pk, now=NOW + timedelta(minutes=16))

    assert not credential.refreshed().needs_reconnect
    assert credential.refreshed().last_failure == ""


def test_busy_provider_is_asked_again_after_the_time_it_named(cast: Cast, token_server: TokenServer) -> None:
    """SECURITY B116."""
    credential = by_refresh_token(cast.mailbox, token_server)
    token_server.refuses_next = [refusal("slow_down", "Slowly.", status=429, Retry_After="120")]

    kinds = [failure_of(credential, now=NOW + timedelta(seconds=seconds)).kind for seconds in (0, 119)]
    access_token(credential.pk, now=NOW + timedelta(seconds=121))

    assert set(kinds) == {FailureKind.TRANSIENT}
    assert not credential.refreshed().needs_reconnect
    assert len(token_server.requests) == 2


def test_person_who_asks_does_not_wait(cast: Cast, token_server: TokenServer) -> None:
    credential = by_refresh_token(cast.mailbox, token_server)
    token_server.refuses_next = [refusal("invalid_grant")]
    failure_of(credential, now=NOW)

    credential.ask_at_once()

    assert access_token(credential.pk, now=NOW)


def test_change_of_settings_meanwhile_wins_over_the_answer(cast: Cast, token_server: TokenServer) -> None:
    credential = by_refresh_token(cast.mailbox, token_server)
    lease = credential.claim_refresh()
    assert lease is not None
    changed = credential.refreshed()
    changed.refresh_token = Secret("a new one")
    changed.start_anew()
    changed.save()

    credential.note_failure(TokenFailure(FailureKind.SIGN_IN_REFUSED, "Old."), lease, now=NOW)

    assert credential.refreshed().grant().refresh_token == Secret("a new one")
    assert not credential.refreshed().needs_reconnect


def test_lease_of_a_dead_worker_ends(cast: Cast, token_server: TokenServer) -> None:
    credential = by_refresh_token(cast.mailbox, token_server)
    credential.claim_refresh()
    OAuthCredential.objects.update(refresh_lease_until=NOW - timedelta(days=1))

    assert access_token(credential.pk, now=NOW)


def test_secrets_are_sealed_in_the_row(cast: Cast, token_server: TokenServer) -> None:
    credential = by_refresh_token(cast.mailbox, token_server)
    token = access_token(credential.pk, now=NOW)

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM servers_oauthcredential")
        stored = b"|".join(
            bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            for row in cursor.fetchall()
            for value in row
        )

    assert b"CANARY" not in stored
    assert token.reveal().encode() not in stored


def test_sealed_token_of_another_row_does_not_open(cast: Cast, token_server: TokenServer) -> None:
    """SECURITY B109."""
    mine, other = (by_refresh_token(cast.mailbox, token_server) for _ in range(2))
    OAuthCredential.objects.filter(pk=mine.pk).update(refresh_token=other.refresh_token.sealed)

    with pytest.raises(ServerFailure) as caught:
        access_token(mine.pk, now=NOW)

    assert caught.value.kind == FailureKind.SIGN_IN_REFUSED
    assert token_server.requests == []


def failure_of(credential: OAuthCredential, *, now: object = NOW) -> TokenFailure:
    with pytest.raises(TokenFailure) as caught:
        access_token(credential.pk, now=now)  # type: ignore[arg-type]
    return caught.value
