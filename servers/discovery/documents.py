"""XML from strangers: no document type, no entities, no namespaces to trip over (SECURITY B015)."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring


class NotADocument(ValueError):
    """The octets are not XML that we read."""


def parse(octets: bytes) -> Element:
    """Return the root; raise NotADocument for what is no XML, and for XML that declares anything."""
    try:
        return fromstring(octets, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise NotADocument from error


def elements(parent: Element, name: str) -> Iterator[Element]:
    """Yield the elements below `parent` that have this local name, whatever their namespace."""
    return (element for element in parent.iter() if _local_name(element) == name)


def words(parent: Element, name: str) -> str:
    """Return the text of the first child with this local name, "" without one."""
    return next((child.text or "" for child in parent if _local_name(child) == name), "").strip()


def number(text: str) -> int:
    """Return a port number; 0, which is none, for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0


def _local_name(element: Element) -> str:
    # Comments and processing instructions have a function instead of a name.
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
