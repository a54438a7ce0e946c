import pytest

from servers.hostnames import InvalidHostname, valid_hostname


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("imap.example.com", "imap.example.com"),
        ("  IMAP.Example.com. ", "imap.example.com"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("①②⑦.0.0.1", "127.0.0.1"),
    ],
)
def test_valid_hostname_returns_the_ascii_name(typed: str, name: str) -> None:
    assert valid_hostname(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        "",
        ".",
        "imap..example.com",
        "-imap.example.com",
        "imap example.com",
        "imap.example.com\r\nQUIT",
        "imap_1.example.com",
        f"{'a' * 64}.example.com",
        ".".join(["a" * 60] * 5),
        "\u202eimap.example.com",
    ],
)
def test_valid_hostname_refuses_what_is_no_name(typed: str) -> None:
    with pytest.raises(InvalidHostname, match="Enter the name only"):
        valid_hostname(typed)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("https://imap.example.com", "without “https://”"),
        ("imap.example.com/mail", "without “https://” or a path"),
        ("imap.example.com:993", "the port has a field of its own"),
        ("support@example.com", "This is an e-mail address"),
    ],
)
def test_valid_hostname_says_what_is_too_much(typed: str, words: str) -> None:
    with pytest.raises(InvalidHostname, match=words):
        valid_hostname(typed)
