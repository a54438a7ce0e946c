"""A text in two parts: what was written, and what was quoted. Nothing of it is lost."""

from mailboxes.quoting.outline import outline, searched_part


def split_quote(text: str) -> tuple[str, str]:
    """Return what the sender wrote, and what he quoted.

    Answers between quoted lines stay together with them, since they make no sense alone. Both parts are without blank
    lines at their ends. Takes linear time for any input.
    """
    searched, rest = searched_part(text)
    found = outline(searched.split("\n"))
    lines, is_quoted = found.lines, found.is_quoted
    end = found.end
    while end > 0 and (is_quoted[end - 1] or not lines[end - 1].strip()):
        end -= 1
    start = _end_of_leading_quote(lines, is_quoted, end)
    if start == end:
        # Nothing but a quotation.
        return "", text.strip("\n")
    if rest and end == len(lines):
        return _trimmed(lines[start:]) + rest.rstrip("\n"), _trimmed(lines[:start])
    quoted = [part for part in (_trimmed(lines[:start]), _trimmed(lines[end:]) + rest) if part]
    return _trimmed(lines[start:end]), "\n\n".join(quoted)


def _end_of_leading_quote(lines: list[str], is_quoted: list[bool], end: int) -> int:
    """Return where the answer begins if it stands below a single quotation; else 0."""
    start = 0
    while start < end and (is_quoted[start] or not lines[start].strip()):
        start += 1
    return 0 if any(is_quoted[start:end]) else start


def _trimmed(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip()
