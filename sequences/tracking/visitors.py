"""Tells people from the programs that fetch pictures and follow links before them.

Scanners follow every link of a mail seconds after it arrived; proxies of mail programs fetch its pictures whether or
not somebody looks. In doubt it was no person: a number that is too low misleads nobody into writing once more.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sequences.models import TrackingHit

Visitor = TrackingHit.Visitor

# Nobody receives, opens and reads a mail faster.
TOO_SOON = timedelta(seconds=10)
# So many different links within so long are followed by a program: the first of those that fits counts.
_BURSTS = ((2, timedelta(seconds=2)), (3, timedelta(seconds=10)))
LONGEST_BURST = max(length for _count, length in _BURSTS)


@dataclass(frozen=True)
class Fetch:
    """A request for a picture or a link. `left_at` is when the mail was taken by its server, None before."""

    user_agent: str
    at: datetime
    left_at: datetime | None
    is_head: bool = False
    is_prefetch: bool = False


@dataclass(frozen=True)
class Click:
    """A link that was followed before."""

    link_id: uuid.UUID
    at: datetime


def visitor_of(fetch: Fetch) -> TrackingHit.Visitor:
    """Return who it was, as far as one request tells."""
    agent = fetch.user_agent.strip().lower()
    if any(mark in agent for mark in _PROXIES) or agent in _BARE or fetch.is_prefetch:
        return Visitor.PROXY
    if fetch.is_head or not agent or _BOT.search(agent) or any(mark in agent for mark in _SCANNERS):
        return Visitor.SCANNER
    if fetch.left_at is None or fetch.at - fetch.left_at < TOO_SOON:
        return Visitor.SCANNER
    return Visitor.HUMAN


def burst_begins_at(clicks: Iterable[Click], *, now: datetime) -> datetime | None:
    """Return since when links of one mail are followed faster than people do; None if they are not."""
    recent = sorted(clicks, key=lambda click: click.at)
    for count, length in _BURSTS:
        within = [click for click in recent if now - length <= click.at <= now]
        if len({click.link_id for click in within}) >= count:
            return within[0].at
    return None


# Parts of a User-Agent, in lower case. Proxies of mail programs: what they fetch, somebody may have looked at or not.
_PROXIES = (
    "googleimageproxy",
    "ggpht.com",
    # Gmail fetches pictures beforehand under the name of an Edge that nobody uses any more.
    "edge/12.246 mozilla/5.0",
    "yahoomailproxy",
    "yahoocachesystem",
    "seznam-emailproxy",
    "mail.ru",
    "yandexmail",
    "protonmail",
    "duckduckgo-email",
    "cloudmagic",
    "outlook-image-proxy",
)
# Mail Privacy Protection of Apple says no more than this.
_BARE = frozenset({"mozilla/5.0"})
# "Cubot" makes telephones.
_BOT = re.compile(r"(?<!cu)bot")
_SCANNERS = (
    "safelinks",
    "microsoft office existence",
    "microsoft-atp",
    "msoffice-linkcheck",
    "bingpreview",
    "skypeuripreview",
    "barracuda",
    "proofpoint",
    "urldefense",
    "mimecast",
    "ironport",
    "cisco-",
    "fireeye",
    "trellix",
    "trendmicro",
    "trend micro",
    "sophos",
    "symantec",
    "messagelabs",
    "forcepoint",
    "websense",
    "zscaler",
    "fortiguard",
    "fortinet",
    "checkpoint",
    "perception-point",
    "mailguard",
    "hornetsecurity",
    "spamhaus",
    "virustotal",
    "urlscan",
    "google-safety",
    "googleother",
    "headlesschrome",
    "phantomjs",
    "puppeteer",
    "playwright",
    "selenium",
    "crawler",
    "spider",
    "scan",
    "preview",
    "facebookexternalhit",
    "whatsapp",
    "curl/",
    "wget/",
    "python-",
    "python/",
    "aiohttp",
    "httpx",
    "go-http-client",
    "java/",
    "apache-httpclient",
    "okhttp",
    "libwww",
    "guzzle",
    "node-fetch",
    "axios",
    "ruby",
    "winhttp",
    "powershell",
)
