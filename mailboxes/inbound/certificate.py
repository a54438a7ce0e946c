"""The certificate for STARTTLS (RFC 3207)."""

import logging
import ssl
from pathlib import Path

log = logging.getLogger(__name__)


class Certificate:
    """A certificate and its key in PEM files, which may be exchanged while the listener runs."""

    def __init__(self, certificate_file: Path, key_file: Path) -> None:
        """Raise OSError or ssl.SSLError when the files are not there or do not fit together."""
        self._files = (certificate_file, key_file)
        self._changed_at = self._modified()
        self._context = self._load()

    def context(self) -> ssl.SSLContext:
        """Return the context for the next handshake; files that were changed, and are whole, count from now on."""
        try:
            changed_at = self._modified()
            if changed_at != self._changed_at:
                self._context = self._load()
                self._changed_at = changed_at
        except OSError as error:
            # Two files are not exchanged at once: the next handshake looks again.
            log.warning("The new certificate cannot be read; the old one goes on: %s", error)
        return self._context

    def _load(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(*self._files)
        return context

    def _modified(self) -> tuple[int, ...]:
        return tuple(file.stat().st_mtime_ns for file in self._files)
