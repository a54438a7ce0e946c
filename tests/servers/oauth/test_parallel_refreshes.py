"""Many workers want an access token at the same moment: one asks, all get the answer (SECURITY B115)."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from mailhub import clock
from mailhub.lib.secret import Secret
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import SignIn
from servers.failures import FailureKind, Operation, ServerFailure
from servers.oauth.failures import TokenFailure
from servers.signing_in import access_token, sign_in_again, sign_in_of
from tests.factories import Cast, make_cast, make_incoming
from tests.realservers.token_server import Answer, TokenServer, refusal
from tests.servers.oauth.credentials import by_refresh_token

NOW = clock.now()
CALLERS = 20

pytestmark = pytest.mark.django_db(transaction=True)


def test_twenty_parallel_callers_make_one_request_and_keep_the_newest_token(token_server: TokenServer) -> None:
    """SECURITY B115."""
    cast = make_cast()
    credential = by_refresh_token(cast.mailbox, token_server)
    token_server.delay_seconds = 0.3

    given = at_once(cast, lambda: access_token(credential.pk, now=NOW))

    assert len({token.reveal() for token in given if isinstance(token, Secret)}) == 1
    assert len(given) == CALLERS
    assert len(token_server.requests) == 1
    with tenant_scope(cast.tenant.pk):
        assert token_server.accepts(credential.refreshed().grant().refresh_token.reveal())


def test_twenty_workers_with_the_same_refused_token_make_one_request(token_server: TokenServer) -> None:
    """SECURITY B115."""
    cast = make_cast()
    server = make_incoming(cast.mailbox, oauth=by_refresh_token(cast.mailbox, token_server))
    with tenant_scope(cast.tenant.pk):
        sign_in = sign_in_of(server, now=NOW)
    token_server.delay_seconds = 0.3

    given = at_once(
        cast,
        lambda: sign_in_again(
            server, ServerFailure(Operation.SIGN_IN, FailureKind.SIGN_IN_REFUSED, "No."), sign_in, now=NOW
        ),
    )

    assert len({one.password.reveal() for one in given if isinstance(one, SignIn)}) == 1
    assert len(token_server.requests) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(refusal("invalid_grant"), FailureKind.SIGN_IN_REFUSED), (Answer(503, b""), FailureKind.TRANSIENT)],
)
def test_refusal_is_the_answer_for_all_who_wait(token_server: TokenServer, answer: Answer, kind: FailureKind) -> None:
    cast = make_cast()
    credential = by_refresh_token(cast.mailbox, token_server)
    token_server.delay_seconds = 0.3
    token_server.refuses = answer

    given = at_once(cast, lambda: access_token(credential.pk, now=NOW))

    assert [one.kind for one in given if isinstance(one, TokenFailure)] == [kind] * CALLERS
    assert len(token_server.requests) == 1


def at_once(cast: Cast, ask: Callable[[], object]) -> list[object]:
    """Call `ask` in that many threads at the same moment; return what each got."""
    gate = threading.Barrier(CALLERS)

    def call(_number: int) -> object:
        try:
            with tenant_scope(cast.tenant.pk):
                gate.wait()
                return ask()
        except TokenFailure as failure:
            return failure
        finally:
            connection.close()

    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(call, range(CALLERS)))
