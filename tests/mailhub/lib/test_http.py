"""SECURITY TC1: requests to the outside."""

import gzip
import ssl
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from mailhub.lib.http import HttpFailure, Problem, request
from tests.mailhub.lib.web_servers import HERE, ScriptedInternet, answer, web
from tests.servers.scripted import Conversation, Script, scripted_server, server_context

NAME = "token.example"


@pytest.fixture
def certified(settings: Settings, tmp_path: Path) -> ssl.SSLContext:
    return server_context(tmp_path, settings, names=(NAME,))


def _internet(port: int, *addresses: str) -> ScriptedInternet:
    return ScriptedInternet({NAME: addresses or [HERE]}, {443: port, 80: port})


def _problem_of(script: Script, settings: Settings, certified: ssl.SSLContext, **options: Any) -> HttpFailure:
    """Ask a server that misbehaves and return what is raised."""
    with scripted_server(script, settings, context=certified) as server, pytest.raises(HttpFailure) as caught:
        request("GET", f"https://{NAME}/", resolve=_internet(server.port).resolve, **{"timeout": 5, **options})
    return caught.value


def test_a_form_is_posted_and_the_answer_comes_back(settings: Settings, certified: ssl.SSLContext) -> None:
    heard: list[str] = []

    def token(conversation: Conversation) -> None:
        conversation.start_tls()
        while line := conversation.hear():
            heard.append(line)
        conversation.send(answer(200, '{"access_token": "abc"}', Content_Type="application/json"))
        # To close before the form was read would be a reset, which can overtake the answer.
        conversation.hear_until_end()

    with scripted_server(token, settings, context=certified) as server:
        response = request(
            "POST",
            f"https://{NAME}/token?v=2",
            data={"grant_type": "refresh_token"},
            headers={"X-Trace": "7"},
            resolve=_internet(server.port).resolve,
        )

    assert (response.status, response.json(), response.is_success) == (200, {"access_token": "abc"}, True)
    assert response.headers["content-type"] == "application/json"
    assert heard[0] == "POST /token?v=2 HTTP/1.1"
    assert f"Host: {NAME}" in heard
    assert "X-Trace: 7" in heard
    assert "Content-Type: application/x-www-form-urlencoded" in heard


def test_an_error_of_the_server_is_an_answer(settings: Settings, certified: ssl.SSLContext) -> None:
    with scripted_server(web(answer(400, '{"error": "x"}')), settings, context=certified) as server:
        response = request("POST", f"https://{NAME}/", json={}, resolve=_internet(server.port).resolve)

    assert (response.status, response.is_success) == (400, False)


def test_an_answer_that_is_no_json_is_a_failure(settings: Settings, certified: ssl.SSLContext) -> None:
    with scripted_server(web(answer(200, "<html>")), settings, context=certified) as server:
        response = request("GET", f"https://{NAME}/", resolve=_internet(server.port).resolve)

    with pytest.raises(HttpFailure, match="not JSON"):
        response.json()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost.",
        "[::1]",
        "0177.0.0.1",
        "2130706433",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "100.64.0.1",
        "[fd00:ec2::254]",
        "169.254.169.254",
    ],
)
def test_an_inner_host_is_refused_without_a_connection(
    host: str, settings: Settings, certified: ssl.SSLContext
) -> None:
    """SECURITY B001 to B010."""
    with scripted_server(web(answer(200)), settings, context=certified) as server:
        settings.EGRESS_ALLOW = []
        with pytest.raises(HttpFailure) as caught:
            request("GET", f"https://{host}/")

    assert caught.value.problem == Problem.REFUSED
    assert server.connection_count == 0


def test_one_inner_address_refuses_all(settings: Settings, certified: ssl.SSLContext) -> None:
    """SECURITY B011."""
    with scripted_server(web(answer(200)), settings, context=certified) as server, pytest.raises(HttpFailure) as caught:
        request("GET", f"https://{NAME}/", resolve=_internet(server.port, HERE, "10.0.0.5").resolve)

    assert caught.value.problem == Problem.REFUSED
    assert server.connection_count == 0


def test_the_name_is_looked_up_once(settings: Settings, certified: ssl.SSLContext) -> None:
    """SECURITY B012: what a second look-up would say does not matter."""
    with scripted_server(web(answer(200)), settings, context=certified) as server:
        internet = _internet(server.port)
        request("GET", f"https://{NAME}/", resolve=internet.resolve)

    assert internet.looked_up == [NAME]


@pytest.mark.parametrize("port", [22, 25, 6379, 8443])
def test_another_port_is_refused_before_the_name_is_looked_up(port: int) -> None:
    """SECURITY B014."""
    internet = ScriptedInternet({NAME: ["93.184.216.34"]})

    with pytest.raises(HttpFailure) as caught:
        request("GET", f"https://{NAME}:{port}/", resolve=internet.resolve)

    assert caught.value.problem == Problem.REFUSED
    assert internet.looked_up == []


def test_a_redirect_is_an_answer_and_is_not_followed(settings: Settings, certified: ssl.SSLContext) -> None:
    """SECURITY B013."""
    inside = web(answer(302, Location="http://169.254.169.254/latest/meta-data/"))
    with scripted_server(inside, settings, context=certified) as server:
        internet = _internet(server.port)
        response = request("GET", f"https://{NAME}/", resolve=internet.resolve)

    assert response.status == 302
    assert internet.looked_up == [NAME]
    assert server.connection_count == 1


@pytest.mark.parametrize(
    "url", ["http://token.example/", "ftp://token.example/", "token.example", "https://", "https://\0"]
)
def test_what_is_no_https_address_is_refused(url: str) -> None:
    internet = ScriptedInternet({NAME: ["93.184.216.34"]})

    with pytest.raises(HttpFailure) as caught:
        request("GET", url, resolve=internet.resolve)

    assert caught.value.problem == Problem.REFUSED
    assert internet.looked_up == []


def test_a_user_name_in_the_address_is_refused() -> None:
    with pytest.raises(HttpFailure, match="user name"):
        request("GET", f"https://ada:secret@{NAME}/")


def test_plain_http_is_possible_where_the_caller_says_so(settings: Settings) -> None:
    with scripted_server(web(answer(200, "plain"), is_encrypted=False), settings) as server:
        response = request("GET", f"http://{NAME}/", schemes=("https", "http"), resolve=_internet(server.port).resolve)

    assert response.body == b"plain"


def test_a_host_that_the_operator_trusts_may_be_inside(settings: Settings, certified: ssl.SSLContext) -> None:
    with scripted_server(web(answer(200, "inside")), settings, context=certified) as server:
        settings.EGRESS_ALLOW = []
        response = request("GET", f"https://127.0.0.1:{server.port}/", is_trusted=True)

    assert response.body == b"inside"


def test_proxies_of_the_environment_are_ignored(
    settings: Settings, certified: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    with scripted_server(web(answer(200)), settings, context=certified) as server:
        response = request("GET", f"https://{NAME}/", resolve=_internet(server.port).resolve)

    assert response.status == 200


def test_a_certificate_for_another_name_is_refused(settings: Settings, tmp_path: Path) -> None:
    context = server_context(tmp_path / "other", settings, names=("other.example",))

    failure = _problem_of(web(answer(200)), settings, context)

    assert failure.problem == Problem.CERTIFICATE


def test_a_certificate_of_an_unknown_authority_is_refused(settings: Settings, tmp_path: Path) -> None:
    context = server_context(tmp_path / "unknown", settings, names=(NAME,), is_trusted=False)

    failure = _problem_of(web(answer(200)), settings, context)

    assert failure.problem == Problem.CERTIFICATE


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_1_1_is_refused(settings: Settings, certified: ssl.SSLContext) -> None:
    certified.minimum_version = ssl.TLSVersion.TLSv1
    certified.maximum_version = ssl.TLSVersion.TLSv1_1
    certified.set_ciphers("ALL:@SECLEVEL=0")

    failure = _problem_of(web(answer(200)), settings, certified)

    assert failure.problem == Problem.UNREACHABLE


def _dripping(piece: bytes) -> Script:
    def script(conversation: Conversation) -> None:
        conversation.start_tls()
        while True:
            conversation.send(piece)
            time.sleep(0.05)

    return script


@pytest.mark.parametrize("piece", [b"H", b"HTTP/1.1 100 Continue\r\n\r\n"], ids=["one octet at a time", "never final"])
def test_a_server_that_drips_ends_at_the_deadline(piece: bytes, settings: Settings, certified: ssl.SSLContext) -> None:
    began = time.monotonic()

    failure = _problem_of(_dripping(piece), settings, certified, timeout=0.6)

    assert failure.problem in {Problem.TIMEOUT, Problem.PROTOCOL}
    assert time.monotonic() - began < 4


def test_a_body_that_drips_ends_at_the_deadline(settings: Settings, certified: ssl.SSLContext) -> None:
    def script(conversation: Conversation) -> None:
        conversation.start_tls()
        conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            conversation.send(b"x")
            time.sleep(0.05)

    began = time.monotonic()

    failure = _problem_of(script, settings, certified, timeout=0.6)

    assert failure.problem == Problem.TIMEOUT
    assert time.monotonic() - began < 4


def test_a_server_that_never_shakes_hands_ends_at_the_deadline(settings: Settings, certified: ssl.SSLContext) -> None:
    failure = _problem_of(lambda conversation: conversation.hear_until_end(), settings, certified, timeout=0.4)

    assert failure.problem == Problem.TIMEOUT


def test_a_body_that_is_too_large_is_not_read_to_its_end(settings: Settings, certified: ssl.SSLContext) -> None:
    def endless(conversation: Conversation) -> None:
        conversation.start_tls()
        conversation.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            conversation.send(b"x" * 65536)

    failure = _problem_of(endless, settings, certified, max_bytes=100_000)

    assert failure.problem == Problem.TOO_LARGE


def test_an_endless_header_is_not_read_to_its_end(settings: Settings, certified: ssl.SSLContext) -> None:
    def endless(conversation: Conversation) -> None:
        conversation.start_tls()
        conversation.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            conversation.send(b"X-Filler: " + b"x" * 8000 + b"\r\n")

    failure = _problem_of(endless, settings, certified, max_bytes=1000)

    assert failure.problem in {Problem.TOO_LARGE, Problem.PROTOCOL}


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_packed_answer_is_unpacked(encoding: str, pack: Any, settings: Settings, certified: ssl.SSLContext) -> None:
    packed = answer(200, pack(b"unpacked"), Content_Encoding=encoding)
    with scripted_server(web(packed), settings, context=certified) as server:
        response = request("GET", f"https://{NAME}/", resolve=_internet(server.port).resolve)

    assert response.body == b"unpacked"


def test_a_bomb_is_not_unpacked(settings: Settings, certified: ssl.SSLContext) -> None:
    bomb = answer(200, gzip.compress(b"\0" * 20_000_000), Content_Encoding="gzip")

    failure = _problem_of(web(bomb), settings, certified, max_bytes=100_000)

    assert failure.problem == Problem.TOO_LARGE


def _damaged() -> Sequence[bytes]:
    whole = gzip.compress(b"unpacked")
    return [
        answer(200, whole[:-6], Content_Encoding="gzip"),
        answer(200, b"no gzip", Content_Encoding="gzip"),
        answer(200, b"x", Content_Encoding="br"),
        b"SECRET-INTERNAL\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
    ]


@pytest.mark.parametrize("octets", _damaged(), ids=["cut off", "not packed", "brotli", "no HTTP", "too short"])
def test_an_answer_that_is_broken_is_a_failure_that_quotes_nothing(
    octets: bytes, settings: Settings, certified: ssl.SSLContext
) -> None:
    """SECURITY B016."""
    failure = _problem_of(web(octets), settings, certified)

    assert failure.problem == Problem.PROTOCOL
    assert "SECRET" not in failure.words


def test_a_name_that_is_not_there_is_a_failure_in_the_words_of_the_resolver() -> None:
    with pytest.raises(HttpFailure, match="Name or service not known") as caught:
        request("GET", "https://nowhere.example/", resolve=ScriptedInternet({}).resolve)

    assert caught.value.problem == Problem.UNRESOLVED


def test_a_closed_port_is_a_failure(settings: Settings, certified: ssl.SSLContext) -> None:
    with scripted_server(web(answer(200)), settings, context=certified) as server:
        port = server.port

    with pytest.raises(HttpFailure) as caught:
        request("GET", f"https://{NAME}/", resolve=_internet(port).resolve)

    assert caught.value.problem == Problem.UNREACHABLE
