"""Complaints of many providers: each mail, and what is read from it."""

import json
from pathlib import Path

import pytest

from mailboxes.classifying.table import classify
from mailboxes.parsing import parse

CORPUS = Path(__file__).parents[3] / "corpus" / "feedback"


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.eml")), ids=lambda path: path.stem)
def test_report_is_read_as_expected(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    raw = path.read_bytes()

    found = classify(raw, parse(raw))

    told = {name: getattr(found, name) for name in expected}
    assert told | {"recipients": [one.address for one in found.recipients]} == expected
    assert found.is_permanent is None
