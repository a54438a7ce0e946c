"""People who want no more mail, lists, and those who only use the same words: each mail, and what it is taken for."""

import json
from pathlib import Path

import pytest

from mailboxes.classifying.table import classify
from mailboxes.parsing import parse

CORPUS = Path(__file__).parents[3] / "corpus" / "requests"


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.eml")), ids=lambda path: path.stem)
def test_mail_is_classified_as_expected(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    raw = path.read_bytes()

    found = classify(raw, parse(raw))

    assert {name: getattr(found, name) for name in expected} == expected
