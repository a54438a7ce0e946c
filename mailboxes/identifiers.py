"""Message identifiers (RFC 5322 §3.6.4): made, read, and compared."""

import hashlib
import re
import secrets
from collections.abc import Iterable

MAX_IDENTIFIERS = 100


def new_message_id(domain: str) -> str:
    """Return a fresh identifier at `domain`, without angle brackets: 128 random bits, and nothing about the machine."""
    return f"{secrets.token_hex(16)}@{domain}"


def identifier_key(message_id: str) -> int:
    """Return the signed 64-bit key under which an identifier is looked up.

    Two identifiers may share a key; whoever looks one up compares the stored text as well.
    """
    bare = "".join(message_id.split()).removeprefix("<").removesuffix(">")
    digest = hashlib.sha256(bare.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def identifiers_in(header_values: Iterable[str]) -> tuple[str, ...]:
    """Return the identifiers in values of Message-ID, In-Reply-To or References: in order, each once, without <>.

    Only identifiers with control characters, quotes or no @ are refused (SECURITY B042). Of more than 100 the first,
    which names the conversation, and the newest are kept.
    """
    found: dict[str, None] = {}
    for value in header_values:
        if _PLAIN.fullmatch(value):
            found.setdefault(value[1:-1])
            continue
        unfolded = _FOLD.sub("", value)
        # Some clients leave the brackets out.
        texts = _BRACKETED.findall(unfolded) if "<" in unfolded else _SEPARATOR.split(unfolded)
        for text in texts:
            bare = "".join(text.split(" "))
            if _IDENTIFIER.fullmatch(bare):
                found.setdefault(bare)
    identifiers = tuple(found)
    if len(identifiers) <= MAX_IDENTIFIERS:
        return identifiers
    return identifiers[:1] + identifiers[1 - MAX_IDENTIFIERS :]


def provider_identifiers(final_reply_text: str) -> tuple[str, ...]:
    """Return what the provider put in the place of our Message-ID, as its reply to the final dot names it.

    Exchange and Outlook write the whole identifier, `250 2.0.0 OK <AM0PR…@….outlook.com> [Hostname=…]` or
    `250 2.6.0 <…> [InternalId=…] Queued mail for delivery`. Amazon SES writes only the token, `250 Ok 0102…-000000`;
    its Message-ID is that token at `email.amazonses.com` or `REGION.amazonses.com`, so the token alone is returned.
    """
    bracketed = identifiers_in(match[0] for match in _BRACKETED_TEXT.finditer(final_reply_text))
    tokens = tuple(_SES_TOKEN.findall(final_reply_text))
    return bracketed + tuple(token for token in tokens if token not in bracketed)


def candidate_keys(references: Iterable[str]) -> tuple[str, ...]:
    """Return the texts to look up for the identifiers that a reply quotes: each, and what SES told us of it."""
    candidates: dict[str, None] = {}
    for identifier in references:
        candidates.setdefault(identifier)
        local_part, _at, domain = identifier.rpartition("@")
        if local_part and _is_amazon(domain.lower()):
            candidates.setdefault(local_part)
    return tuple(candidates)


def _is_amazon(domain: str) -> bool:
    return domain == "amazonses.com" or domain.endswith(".amazonses.com")


# What most values are.
_PLAIN = re.compile(r"<[A-Za-z0-9.$+_=-]{1,200}@[A-Za-z0-9.-]{1,200}>")
_FOLD = re.compile(r"\r?\n[ \t]+|\t")
_SEPARATOR = re.compile(r"[\s,;]+")
_BRACKETED = re.compile(r"<([^<>]{1,998})>")
_BRACKETED_TEXT = re.compile(r"<[^<>]{1,998}>")
# One @ would be right; some clients write two. Quotes, commas and controls appear in attacks only.
_IDENTIFIER = re.compile(r"[^\s\"\\<>(),\x00-\x1f\x7f-\x9f]{1,900}@[^\s\"\\<>(),\x00-\x1f\x7f-\x9f]{1,255}")
_SES_TOKEN = re.compile(r"(?<![\w-])[0-9a-f]{16}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9]{6}(?![\w-])")
