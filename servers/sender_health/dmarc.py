"""DMARC: what receivers shall do with mail that is not the domain's own (RFC 7489)."""

from mailhub.lib.dns import DnsFailure
from servers.sender_health.report import Check, LookUps, Publication, State, tags, unknown

TITLE = "DMARC"

_POLICIES = {
    "none": "nothing, but report",
    "quarantine": "put it into the spam folder",
    "reject": "refuse it",
}


def check(domain: str, bounce_domain: str, look_ups: LookUps) -> Check:
    """Check the policy for mail from `domain` whose bounces come back to `bounce_domain`."""
    for name, is_own in _places(domain):
        try:
            records = [text for text in look_ups.texts(name) if _is_dmarc(text)]
        except DnsFailure as failure:
            return unknown(TITLE, name, failure)
        if len(records) > 1:
            words = f"There are {len(records)} DMARC records, and receivers then ignore all of them. Keep one."
            return Check(TITLE, State.WARNING, words, name, "\n".join(records))
        if records:
            return _judged(name, records[0], domain, bounce_domain, is_own=is_own)
    return Check(
        TITLE,
        State.MISSING,
        "The domain has no policy for mail that only claims to come from it. Large providers want one from everybody "
        "who sends much.",
        f"_dmarc.{domain}",
        publish=(_publication(domain, "none"),),
    )


def _judged(name: str, record: str, domain: str, bounce_domain: str, *, is_own: bool) -> Check:
    fields = tags(record)
    # For domains below the one that publishes, sp counts where it is given (§6.3).
    policy = fields.get("p", "").lower()
    if not is_own:
        policy = fields.get("sp", policy).lower()
    if policy not in _POLICIES:
        words = "The record names no policy that receivers know, so it has no effect."
        return Check(TITLE, State.WARNING, words, name, record, (_publication(domain, "none"),))
    sentences = [f"Receivers shall do this with mail that is not the domain's own: {_POLICIES[policy]}."]
    if not fields.get("rua"):
        sentences.append("Nobody gets the reports: add “rua=mailto:” with an address to learn who sends in its name.")
    alignment = _alignment(domain, bounce_domain, fields)
    if alignment:
        sentences.append(alignment)
    if policy == "none":
        sentences.append("Once SPF and DKIM are in order, move to “quarantine”.")
        return Check(TITLE, State.WARNING, " ".join(sentences), name, record, (_publication(domain, "quarantine"),))
    state = State.WARNING if alignment else State.OK
    return Check(TITLE, state, " ".join(sentences), name, record)


def _alignment(domain: str, bounce_domain: str, fields: dict[str, str]) -> str:
    """Say in words when SPF cannot speak for the sender's address, because it is about another domain (§3.1.2)."""
    is_strict = fields.get("aspf", "r").lower() == "s"
    if domain == bounce_domain or (not is_strict and _is_related(domain, bounce_domain)):
        return ""
    return (
        f"Bounces go to {bounce_domain}, so SPF does not count for {domain}: everything rests on DKIM. Use a bounce "
        f"address in {domain} if you can."
    )


def _is_related(one: str, other: str) -> bool:
    return one.endswith(f".{other}") or other.endswith(f".{one}")


def _places(domain: str) -> list[tuple[str, bool]]:
    """Return where the policy may stand: at the domain itself, then at its parents of two labels or more.

    Which parent is the organizational domain (§3.2) only a list of public suffixes would tell; no registry publishes a
    policy, so the first one above the domain is that of the organization.
    """
    labels = domain.split(".")
    parents = [".".join(labels[start:]) for start in range(1, len(labels) - 1)]
    return [(f"_dmarc.{domain}", True), *((f"_dmarc.{parent}", False) for parent in parents[-4:])]


def _is_dmarc(text: str) -> bool:
    return tags(text).get("v") == "DMARC1" and text.lstrip().lower().startswith("v")


def _publication(domain: str, policy: str) -> Publication:
    return Publication(f"_dmarc.{domain}", "TXT", f"v=DMARC1; p={policy}; rua=mailto:postmaster@{domain}")
