"""Message identifiers: made, read from hostile headers, and from the replies of providers."""

import hashlib
import time

import pytest

from mailboxes.identifiers import (
    candidate_keys,
    identifier_key,
    identifiers_in,
    new_message_id,
    provider_identifiers,
)

SES_TOKEN = "0102018f1b2c3d4e-1a2b3c4d-1111-4222-8333-444455556666-000000"


def test_new_identifiers_differ_and_name_only_the_domain() -> None:
    one, other = new_message_id("example.com"), new_message_id("example.com")

    assert one != other
    assert identifiers_in([f"<{one}>"]) == (one,)
    assert len(one.removesuffix("@example.com")) == 32


def test_key_is_the_first_eight_bytes_of_sha256() -> None:
    expected = int.from_bytes(hashlib.sha256(b"a@example.com").digest()[:8], "big", signed=True)

    assert identifier_key("a@example.com") == expected
    assert -(2**63) <= expected < 2**63


@pytest.mark.parametrize("written", ["<a@example.com>", " <a@exam\r\n ple.com> ", "a@example.com"])
def test_key_ignores_brackets_and_white_space(written: str) -> None:
    assert identifier_key(written) == identifier_key("a@example.com")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["<a@x.example> <b@x.example>"], ("a@x.example", "b@x.example")),
        (["<a@x.example><b@x.example>", "<a@x.example>"], ("a@x.example", "b@x.example")),
        (["<a@x.example>\r\n\t<b@x.example>"], ("a@x.example", "b@x.example")),
        (["<long-\r\n identifier@x.example>"], ("long-identifier@x.example",)),
        (["a@x.example, b@x.example"], ("a@x.example", "b@x.example")),
        (["Your message of Tuesday <a@x.example>"], ("a@x.example",)),
        (["<>", "<a>", "", "nothing"], ()),
    ],
)
def test_identifiers_are_found_in_order(values: list[str], expected: tuple[str, ...]) -> None:
    assert identifiers_in(values) == expected


@pytest.mark.parametrize(
    "value",
    ['x"\r\nX1 STORE 1:* FLAGS (\\Deleted)', '<x"\r\nX1 STORE@x.example>', "<a\x00b@x.example>", '<"a"@x.example>'],
    ids=lambda value: f"B042-{value[:20]!r}",
)
def test_hostile_identifier_is_refused(value: str) -> None:
    assert identifiers_in([value]) == ()


def test_first_and_newest_of_many_identifiers_are_kept() -> None:
    found = identifiers_in([" ".join(f"<{n}@x.example>" for n in range(300))])

    assert len(found) == 100
    assert (found[0], found[1], found[-1]) == ("0@x.example", "201@x.example", "299@x.example")


@pytest.mark.parametrize("piece", ["<", "<a@b", "@", "<a@b>", "<@@@@@@@@"])
def test_b050_long_header_takes_linear_time(piece: str) -> None:
    started = time.monotonic()

    identifiers_in([piece * 30_000])

    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            "250 2.0.0 OK <AM0PR04MB1@AM0PR04MB1.eurprd04.prod.outlook.com> [Hostname=AM0PR04MB1.eurprd04]",
            ("AM0PR04MB1@AM0PR04MB1.eurprd04.prod.outlook.com",),
        ),
        ("2.6.0 <a@example.com> [InternalId=1, Hostname=x] 9 bytes Queued mail for delivery", ("a@example.com",)),
        (f"250 Ok {SES_TOKEN}", (SES_TOKEN,)),
        (f"Ok {SES_TOKEN}", (SES_TOKEN,)),
        ("250 2.0.0 OK 1770112800 a1-20020a05600c34c100b0-gsmtp", ()),
        ("250 2.0.0 Ok: queued as 4F1B2C", ()),
        ("", ()),
    ],
    ids=["outlook", "exchange", "ses", "ses-text-only", "gmail", "postfix", "empty"],
)
def test_identifier_of_the_provider_is_read_from_its_reply(reply: str, expected: tuple[str, ...]) -> None:
    assert provider_identifiers(reply) == expected


def test_quoted_ses_identifier_is_looked_up_by_its_token_too() -> None:
    references = ("a@example.com", f"{SES_TOKEN}@eu-west-1.amazonses.com", f"{SES_TOKEN}@email.amazonses.com")

    assert candidate_keys(references) == (
        "a@example.com",
        f"{SES_TOKEN}@eu-west-1.amazonses.com",
        SES_TOKEN,
        f"{SES_TOKEN}@email.amazonses.com",
    )


def test_domain_that_only_ends_like_amazons_gives_no_token() -> None:
    assert candidate_keys(["x@notamazonses.com"]) == ("x@notamazonses.com",)
