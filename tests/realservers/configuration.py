"""Fills the configuration files of the test servers, which lie in `config/` beside this module."""

import string
from collections.abc import Mapping
from pathlib import Path

_TEMPLATES = Path(__file__).parent / "config"


def render(name: str, directory: Path, values: Mapping[str, object]) -> Path:
    """Write `config/<name>` with its `${…}` filled from `values` to `directory`; raise KeyError when one is missing."""
    path = directory / name
    path.write_text(string.Template((_TEMPLATES / name).read_text()).substitute(values))
    return path
