"""The cases of this directory: blocks of text, each below a line `= name`; its expected reply below `--- reply`."""

from pathlib import Path

_CASES = Path(__file__).parent / "cases"


def blocks(file_name: str) -> dict[str, str]:
    """Return the blocks of a file by their names; lines before the first block are comments."""
    _comment, *found = ("\n" + _read(file_name)).split("\n= ")
    return {name: block.strip("\n") for name, _newline, block in (one.partition("\n") for one in found)}


def replies(file_name: str) -> dict[str, tuple[str, str]]:
    """Return the mails of a file and their expected replies by the names of the cases."""
    return {
        name: (mail.strip("\n"), reply.strip("\n"))
        for name, (mail, _rule, reply) in (
            (name, block.partition("--- reply")) for name, block in blocks(file_name).items()
        )
    }


def lines(file_name: str) -> list[str]:
    """Return the lines of a file."""
    return _read(file_name).splitlines()


def _read(file_name: str) -> str:
    return (_CASES / file_name).read_text(encoding="utf-8")
