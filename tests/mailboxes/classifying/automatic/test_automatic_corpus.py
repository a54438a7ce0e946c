"""Automatic answers of many programs, and what people write about being away: each mail, and what it is taken for."""

import json
from pathlib import Path

import pytest

from mailboxes.classifying.table import classify
from mailboxes.parsing import parse

CORPUS = Path(__file__).parents[3] / "corpus" / "automatic"


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.eml")), ids=lambda path: path.stem)
def test_mail_is_classified_as_expected(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    raw = path.read_bytes()

    found = classify(raw, parse(raw))

    told = {name: getattr(found, name) for name in expected}
    assert told | {"returns_on": found.returns_on and found.returns_on.isoformat()} == expected
