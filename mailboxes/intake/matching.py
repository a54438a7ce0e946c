"""Does a mail fit a discard filter? Pure: what is looked at comes in, nothing else is asked (SPEC M23)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import idna

from mailboxes.addresses import Address, normalise
from mailboxes.folding import folded
from mailboxes.models import DiscardFilter, Message
from mailboxes.models.messages import addresses
from mailboxes.parsing import Mail

# A comparison looks at no more of one field.
MAX_FIELD_CHARACTERS = 16 * 1024
_Field = DiscardFilter.Field
_Operator = DiscardFilter.Operator


@dataclass(frozen=True)
class Traits:
    """What filters look at. `recipients` are those of To, Cc and the envelope; `headers` are asked for when needed."""

    senders: tuple[Address, ...]
    recipients: tuple[Address, ...]
    subject: str
    size: int
    headers: Callable[[], Iterable[tuple[str, str]]]


def traits_of(message: Message, mail: Mail) -> Traits:
    """Return what filters look at in a mail that comes in."""
    return Traits(
        senders=mail.from_,
        recipients=(*mail.to, *mail.cc, *_envelope(message)),
        subject=mail.subject,
        size=message.size,
        headers=lambda: mail.headers,
    )


def traits_of_row(message: Message, headers: Callable[[], Iterable[tuple[str, str]]]) -> Traits:
    """Return the same of a message that is here already."""
    return Traits(
        senders=(message.from_,),
        recipients=(*addresses(message.to), *addresses(message.cc), *_envelope(message)),
        subject=message.subject,
        size=message.size,
        headers=headers,
    )


def fits(rule: DiscardFilter, traits: Traits) -> bool:
    """Whether any of the texts that the filter names is as it says; letters are compared without case and width."""
    if rule.field == _Field.SIZE:
        return traits.size >= int(rule.value)
    wanted = folded(rule.value)
    compare = _COMPARE[_Operator(rule.operator)]
    return any(compare(folded(text[:MAX_FIELD_CHARACTERS]), wanted) for text in _texts(rule, traits))


def _texts(rule: DiscardFilter, traits: Traits) -> Iterator[str]:
    if rule.field == _Field.SUBJECT:
        yield traits.subject
    elif rule.field == _Field.HEADER:
        wanted = rule.header_name.lower()
        yield from (value for name, value in traits.headers() if name.lower() == wanted)
    else:
        people = traits.senders if rule.field == _Field.SENDER else traits.recipients
        for one in people:
            yield from _forms(one)


def _forms(address: Address) -> Iterator[str]:
    """Yield address, name and domain; an international domain both as it is written and as it travels."""
    written = address.addr_spec
    yield written
    yield address.display_name
    yield address.domain
    travelling = normalise(written)
    for form in {travelling, _with_readable_domain(travelling)} - {written}:
        yield form
        yield form.rpartition("@")[2]


def _with_readable_domain(addr_spec: str) -> str:
    local_part, at, domain = addr_spec.rpartition("@")
    if "xn--" not in domain:
        return addr_spec
    try:
        return f"{local_part}{at}{idna.decode(domain)}"
    except UnicodeError:  # idna's own errors are of this class.
        return addr_spec


def _envelope(message: Message) -> tuple[Address, ...]:
    return (Address("", message.envelope_to),) if message.envelope_to else ()


_COMPARE: dict[DiscardFilter.Operator, Callable[[str, str], bool]] = {
    _Operator.CONTAINS: lambda text, wanted: wanted in text,
    _Operator.IS: lambda text, wanted: text == wanted,
    _Operator.BEGINS_WITH: str.startswith,
    _Operator.ENDS_WITH: str.endswith,
    # The form offers it for sizes alone; of a text nothing is at least.
    _Operator.IS_AT_LEAST: lambda _text, _wanted: False,
}
