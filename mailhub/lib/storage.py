"""File storage whose `save` returns only when the bytes are on the disk."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from django.core.files.storage import FileSystemStorage


class DurableFileStorage(FileSystemStorage):
    """A file system storage for content-addressed names: atomic, fsynced, and idempotent for a name that exists."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        # A name is derived from its content, so a second save of it writes the same bytes.
        return name

    def _save(self, name: str, content: IO[bytes]) -> str:
        self.save_all([(name, content.read())])
        return name

    def save_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write all files, then wait for the disk once per file and once per directory.

        Writing all before the first fsync lets the file system put them into one journal commit.
        """
        written: list[tuple[int, str, Path]] = []
        directories: set[Path] = set()
        try:
            for name, data in files:
                target = Path(self.path(name))
                if not target.parent.exists():
                    directories |= _make_directories(target.parent)
                handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".writing-")
                written.append((handle, temporary, target))
                _write_fully(handle, data)
            for handle, temporary, target in written:
                os.fsync(handle)
                os.replace(temporary, target)
                directories.add(target.parent)
        finally:
            for handle, temporary, _target in written:
                os.close(handle)
                Path(temporary).unlink(missing_ok=True)
        for directory in directories:
            _sync_directory(directory)


def _write_fully(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _make_directories(directory: Path) -> set[Path]:
    """Create `directory` and return the existing directories whose entries changed by it."""
    changed: set[Path] = set()
    for ancestor in [*reversed(directory.parents), directory]:
        if not ancestor.exists():
            ancestor.mkdir(mode=0o700, exist_ok=True)
            changed.add(ancestor.parent)
    return changed


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
