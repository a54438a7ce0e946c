"""Who fetched the picture of a mail, or followed its links (PEERS: scanners and proxies are no people)."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from sequences.tracking.visitors import Click, Fetch, Visitor, burst_begins_at, visitor_of

LEFT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
FIRST, SECOND, THIRD = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


def _fetch(agent: str = CHROME, *, after: float = 3600, is_head: bool = False, is_prefetch: bool = False) -> Fetch:
    at = LEFT + timedelta(seconds=after)
    return Fetch(user_agent=agent, at=at, left_at=LEFT, is_head=is_head, is_prefetch=is_prefetch)


@pytest.mark.parametrize(
    "agent",
    [
        CHROME,
        IPHONE,
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0",
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Trident/8.0; ms-office; MSOffice 16)",
        "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.5; Pro)",
        "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/99.0 Mobile Safari/537.36",
    ],
)
def test_programs_that_people_read_mail_with_are_people(agent: str) -> None:
    assert visitor_of(_fetch(agent)) == Visitor.HUMAN


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "Mozilla/5.0",
        "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 "
        "Safari/537.36 Edge/12.246 Mozilla/5.0",
        "SeznamEmailProxy/1.0.3 (Seznam-Emailproxy)",
    ],
)
def test_proxies_of_mail_programs_are_no_people(agent: str) -> None:
    assert visitor_of(_fetch(agent)) == Visitor.PROXY


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
        "Barracuda Sentinel (EE)",
        "Mozilla/5.0 (compatible; Proofpoint URL Defense)",
        "mimecast-url-check",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/125.0.0.0 Safari/537.36",
        "python-requests/2.32.3",
        "curl/8.7.1",
        "Go-http-client/2.0",
        "Slackbot-LinkExpanding 1.0",
    ],
)
def test_scanners_are_no_people(agent: str) -> None:
    assert visitor_of(_fetch(agent)) == Visitor.SCANNER


def test_who_asks_for_the_head_alone_is_a_scanner() -> None:
    assert visitor_of(_fetch(is_head=True)) == Visitor.SCANNER


def test_what_is_fetched_beforehand_was_not_seen() -> None:
    assert visitor_of(_fetch(is_prefetch=True)) == Visitor.PROXY


@pytest.mark.parametrize(("after", "visitor"), [(0, Visitor.SCANNER), (9.9, Visitor.SCANNER), (10, Visitor.HUMAN)])
def test_nobody_reads_a_mail_within_ten_seconds(after: float, visitor: str) -> None:
    assert visitor_of(_fetch(after=after)) == visitor


def test_before_the_server_took_the_mail_only_scanners_have_it() -> None:
    assert visitor_of(Fetch(user_agent=CHROME, at=LEFT, left_at=None)) == Visitor.SCANNER


@pytest.mark.parametrize(
    ("clicks", "begins"),
    [
        ([(FIRST, 100)], None),
        ([(FIRST, 99), (FIRST, 100)], None),
        ([(FIRST, 90), (SECOND, 100)], None),
        ([(FIRST, 99), (SECOND, 100)], 99),
        ([(FIRST, 92), (SECOND, 96), (THIRD, 100)], 92),
        ([(FIRST, 80), (SECOND, 96), (THIRD, 100)], None),
    ],
)
def test_links_that_are_followed_one_after_the_other_are_followed_by_a_program(
    clicks: list[tuple[uuid.UUID, int]], begins: int | None
) -> None:
    made = [Click(link, LEFT + timedelta(seconds=after)) for link, after in clicks]

    found = burst_begins_at(made, now=LEFT + timedelta(seconds=100))

    assert found == (LEFT + timedelta(seconds=begins) if begins is not None else None)
