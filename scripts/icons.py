"""Finds the icons that templates and scripts use, and cuts the sprite of thousands down to those."""

import re
import sys
from pathlib import Path

_TAG = re.compile(r"""{%-?\s*icon\s+["']([a-z0-9-]+)["']""")
_SYMBOL = re.compile(r'<symbol id="tabler-([a-z0-9-]+)".*?</symbol>', re.DOTALL)


def used(root: Path) -> set[str]:
    """Return the icons named by `{% icon "name" %}` in templates, and those listed in `static/icons.txt`."""
    names: set[str] = set()
    for template in sorted(root.glob("**/templates/**/*.html")):
        names.update(_TAG.findall(template.read_text()))
    listed = root / "static" / "icons.txt"
    if listed.exists():
        lines = (line.partition("#")[0].strip() for line in listed.read_text().splitlines())
        names.update(line for line in lines if line)
    return names


def cut(sprite: str, names: set[str]) -> str:
    """Return a sprite of just these icons; end with a message when the sprite lacks one."""
    symbols = {match[1]: match[0] for match in _SYMBOL.finditer(sprite)}
    if unknown := sorted(names - symbols.keys()):
        sys.exit(f"There is no icon named {', '.join(unknown)}: see templates and static/icons.txt")
    chosen = "\n".join(symbols[name] for name in sorted(names))
    return f'<svg xmlns="http://www.w3.org/2000/svg"><defs>\n{chosen}\n</defs></svg>\n'
