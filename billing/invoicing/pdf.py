"""Documents as PDF. The only module that knows typst.

The texts go in as data beside our own template, and never as markup: whatever a name contains is set as it is. Nothing
is fetched, and what is set is set in the typefaces that typst carries.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import typst

from billing.invoicing.contents import contents_of
from billing.models import Invoice, InvoiceLine

_TEMPLATE = Path(__file__).with_name("document.typ")
# For archives (ISO 19005-2, level A): the document carries its typefaces, its text and its structure with it.
_ARCHIVE = "a-2a"


def pdf_of(invoice: Invoice, lines: Sequence[InvoiceLine]) -> bytes:
    """Return a document as PDF/A-2a. The same rows give the same bytes.

    Where a name has characters that none of the built-in typefaces has, such as Chinese ones, those of the system help
    out; what no typeface has leaves a gap, and then the file is a PDF without the seal of an archive.
    """
    inputs = {"document": json.dumps(asdict(contents_of(invoice, lines)))}
    made_at = int(invoice.issued_at.timestamp())
    attempts: tuple[dict[str, Any], ...] = (
        {"font_paths": _fonts(), "pdf_standards": [_ARCHIVE]},
        {"font_paths": _fonts_with_system(), "pdf_standards": [_ARCHIVE]},
    )
    for attempt in attempts:
        try:
            return _compile(inputs, timestamp=made_at, **attempt)
        except typst.TypstError as error:
            if "could not be displayed" not in error.message:
                raise
    return _compile(inputs, timestamp=made_at, font_paths=_fonts_with_system())


def _compile(inputs: dict[str, str], **options: Any) -> bytes:
    written: bytes = typst.compile(_TEMPLATE, root=_TEMPLATE.parent, sys_inputs=inputs, **options)
    return written


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)


@cache
def _fonts_with_system() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=True)
