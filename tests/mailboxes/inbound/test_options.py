"""How the settings of the listener are read."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from pytest_django import Settings

from mailboxes.inbound.options import Endpoint, Options


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("127.0.0.1:2525", Endpoint("127.0.0.1", 2525)),
        ("[::1]:2525", Endpoint("::1", 2525)),
        ("unix:/run/mailhub/lmtp", Endpoint(path="/run/mailhub/lmtp")),
    ],
)
def test_it_listens_at_an_address_or_a_local_socket(text: str, endpoint: Endpoint) -> None:
    assert Endpoint.read("RECEIVE_SMTP", text) == endpoint


@pytest.mark.parametrize("text", ["2525", ":2525", "localhost", "localhost:smtp", "localhost:70000", "unix:lmtp"])
def test_any_other_address_stops_the_start(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="RECEIVE_SMTP must read"):
        Endpoint.read("RECEIVE_SMTP", text)


def test_it_calls_itself_as_the_domain_of_the_direct_addresses(settings: Settings) -> None:
    settings.DIRECT_MAIL_DOMAIN = "in.mailhub.example"
    settings.RECEIVE_POSTMASTER = "Abcdefghijklmnop@in.mailhub.example"

    options = Options.from_settings()

    assert options.hostname == "in.mailhub.example"
    assert options.directory.operators_token == "abcdefghijklmnop"
    assert options.smtp is options.lmtp is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"RECEIVE_SIZE_LIMIT": 60 * 1024 * 1024}, "RECEIVE_SIZE_LIMIT"),
        ({"RECEIVE_SIZE_LIMIT": 0}, "RECEIVE_SIZE_LIMIT"),
        ({"RECEIVE_TLS_CERT": "/etc/mx.pem"}, "RECEIVE_TLS_KEY"),
    ],
)
def test_settings_that_are_of_no_use_stop_the_start(settings: Settings, values: dict[str, object], words: str) -> None:
    for name, value in values.items():
        setattr(settings, name, value)

    with pytest.raises(ImproperlyConfigured, match=words):
        Options.from_settings()


def test_a_listener_with_nowhere_to_listen_does_not_start() -> None:
    with pytest.raises(CommandError, match="nothing to listen on"):
        call_command("receive_mail")
