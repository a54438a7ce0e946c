"""SPF: which servers may send with bounce addresses of a domain (RFC 7208)."""

import ipaddress
from dataclasses import dataclass, field

from mailhub.lib.dns import DnsFailure
from servers.sender_health.report import Check, LookUps, Publication, State, unknown
from servers.sender_health.senders import Sender

TITLE = "SPF"

# Terms that cost a look-up, and how many there may be, those of included records counted too (§4.6.4).
_COSTLY = {"include", "a", "mx", "ptr", "exists", "redirect"}
_MOST_LOOK_UPS = 10


def check(domain: str, host: str, sender: Sender | None, look_ups: LookUps) -> Check:
    """Check the record of `domain`, the domain of the bounce address, for mail that goes out through `host`."""
    try:
        records = _records(domain, look_ups)
    except DnsFailure as failure:
        return unknown(TITLE, domain, failure)
    if not records:
        return Check(
            TITLE,
            State.MISSING,
            "The domain does not say which servers may send for it, so receivers trust its mail less.",
            domain,
            publish=(_publication(domain, f"v=spf1 {_mechanism(host, sender)} ~all"),),
        )
    if len(records) > 1:
        return Check(
            TITLE,
            State.WARNING,
            f"There are {len(records)} SPF records, and receivers then ignore all of them. Join them into one, and "
            "delete the others.",
            domain,
            "\n".join(records),
            (_publication(domain, _joined(records)),),
        )
    return _judged(domain, records[0], host, sender, look_ups)


@dataclass
class _Walk:
    """What was seen on the way through a record and those that it includes."""

    look_up_count: int = 0
    seen: set[str] = field(default_factory=set)
    without_record: list[str] = field(default_factory=list)
    not_known: list[str] = field(default_factory=list)


def _judged(domain: str, record: str, host: str, sender: Sender | None, look_ups: LookUps) -> Check:
    walk = _Walk(seen={domain})
    _follow(record, walk, look_ups)
    covers = sender is None or not sender.spf_include or sender.spf_include in walk.seen
    if not covers and walk.not_known:
        words = f"The record includes {walk.not_known[0]}, which could not be looked up now. Check again later."
        return Check(TITLE, State.UNKNOWN, words, domain, record)
    gap = "" if covers or sender is None else f"The record does not cover {sender.name}, which sends for this mailbox."
    problems = [words for words in (gap, _weakness(record), _dead_end(walk), _excess(walk)) if words]
    if not problems:
        return Check(TITLE, State.OK, _praise(host, sender), domain, record)
    mended = _mended(record, walk, "" if covers else _mechanism(host, sender))
    publish = (_publication(domain, mended),) if mended != record else ()
    return Check(TITLE, State.WARNING, " ".join(problems), domain, record, publish)


def _follow(record: str, walk: _Walk, look_ups: LookUps) -> None:
    """Walk through a record and what it includes, until more look-ups than allowed were counted."""
    for name, value in _terms(record):
        if name not in _COSTLY:
            continue
        walk.look_up_count += 1
        if walk.look_up_count > _MOST_LOOK_UPS:
            return
        # What a macro stands for is known only when mail arrives (§7).
        if name not in {"include", "redirect"} or "%" in value or value in walk.seen:
            continue
        walk.seen.add(value)
        try:
            records = _records(value, look_ups)
        except DnsFailure:
            walk.not_known.append(value)
            continue
        if len(records) == 1:
            _follow(records[0], walk, look_ups)
        else:
            walk.without_record.append(value)


def _records(domain: str, look_ups: LookUps) -> list[str]:
    return [text for text in look_ups.texts(domain) if text.lower().split(" ")[0] == "v=spf1"]


def _terms(record: str) -> list[tuple[str, str]]:
    """Return the terms after the version as name and value: "-include:a.example" is ("include", "a.example")."""
    terms = []
    for word in record.lower().split()[1:]:
        bare = word.lstrip("+-~?")
        ends = [bare.index(mark) for mark in ":=/" if mark in bare]
        end = min(ends, default=len(bare))
        terms.append((bare[:end], bare[end + 1 :].removesuffix(".")))
    return terms


def _qualifier_of_all(record: str) -> str:
    """Return what happens to all other servers: "-", "~", "?" or "+"; "" when the record leaves it to another."""
    for word in record.lower().split()[1:]:
        if word.lstrip("+-~?") == "all":
            return word[0] if word[0] in "+-~?" else "+"
    has_redirect = any(name == "redirect" for name, _value in _terms(record))
    # Without either, the answer is neutral (§4.7).
    return "" if has_redirect else "?"


def _weakness(record: str) -> str:
    qualifier = _qualifier_of_all(record)
    if qualifier == "+":
        return "“+all” allows every server in the world to send for the domain. End the record with “~all” or “-all”."
    if qualifier == "?":
        return "The record leaves open what holds for all other servers. End it with “~all” or “-all”."
    return ""


def _excess(walk: _Walk) -> str:
    if walk.look_up_count <= _MOST_LOOK_UPS:
        return ""
    return (
        f"The record needs more than {_MOST_LOOK_UPS} look-ups, so receivers count it as broken. Take out what you no "
        "longer use."
    )


def _dead_end(walk: _Walk) -> str:
    if not walk.without_record:
        return ""
    return f"The record includes {walk.without_record[0]}, which has no valid record, so receivers count it as broken."


def _praise(host: str, sender: Sender | None) -> str:
    if sender is not None and sender.spf_include:
        return f"The record covers {sender.name}, which sends for this mailbox."
    return (
        f"The record is in order. Whether it covers what {host or 'this server'} sends cannot be seen from here; its "
        "provider says what to include."
    )


def _mechanism(host: str, sender: Sender | None) -> str:
    if sender is not None and sender.spf_include:
        return f"include:{sender.spf_include}"
    if not host:
        return "mx"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"mx a:{host}"
    return f"mx ip{address.version}:{address}"


def _mended(record: str, walk: _Walk, mechanism: str) -> str:
    """Return the record without what leads nowhere, with `mechanism`, and with an end that holds for all others."""
    dead = {f"include:{name}" for name in walk.without_record}
    words = [word for word in record.split() if word.lower().lstrip("+-~?").removesuffix(".") not in dead]
    if _qualifier_of_all(record) in {"+", "?"}:
        words = [*(word for word in words if word.lower().lstrip("+-~?") != "all"), "~all"]
    if mechanism:
        ends = [at for at, word in enumerate(words) if _is_end(word)]
        words.insert(ends[0] if ends else len(words), mechanism)
    return " ".join(words)


def _is_end(word: str) -> bool:
    return word.lower().lstrip("+-~?") == "all" or word.lower().startswith("redirect=")


def _joined(records: list[str]) -> str:
    """Return one record with the terms of all; the strictest of their ends would refuse too much, so it is soft."""
    words = [word for record in records for word in record.split()[1:]]
    kept = [word for word in dict.fromkeys(words) if word.lower().lstrip("+-~?") != "all"]
    return " ".join(["v=spf1", *kept, "~all"])


def _publication(domain: str, record: str) -> Publication:
    return Publication(domain, "TXT", record)
