"""Mail signed and encrypted by the openssl command line: an implementation that is not ours."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.mailboxes.smime.authority import NOW, Holder

HEADER = (
    "From: Anna Berg <anna@example.com>",
    "To: Office <office@harbor.example>",
    "Subject: The offer",
    "Date: Thu, 12 Nov 2026 09:00:00 +0000",
    "Message-ID: <offer-1@example.com>",
)
ENTITY = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThe price is 40.\r\nAnna\r\n"


class Openssl:
    """Runs openssl in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def sign(
        self, entity: bytes, signer: Holder, *options: str, digest: str = "sha256", chain: tuple[Holder, ...] = ()
    ) -> bytes:
        """Return a signed entity: multipart/signed, or opaque with "-nodetach"."""
        arguments = ["-signer", self._file("signer.pem", signer.certificate_pem)]
        arguments += ["-inkey", self._file("key.pem", signer.key_pem), "-md", digest]
        if chain:
            arguments += ["-certfile", self._file("chain.pem", b"".join(one.certificate_pem for one in chain))]
        return self._run("-sign", *arguments, *options, entity=entity)

    def encrypt(
        self, entity: bytes, *recipients: Holder, cipher: str = "-aes-256-cbc", options: tuple[str, ...] = ()
    ) -> bytes:
        """Return an entity that only the recipients can read; `options` are for each of them."""
        arguments: list[str] = []
        for place, one in enumerate(recipients):
            arguments += ["-recip", self._file(f"to-{place}.pem", one.certificate_pem), *options]
        return self._run("-encrypt", cipher, *arguments, entity=entity)

    def encrypt_with_password(self, entity: bytes, password: str) -> bytes:
        """Return an entity for whoever knows a password (RFC 5652 §6.2.4)."""
        return self._run("-encrypt", "-aes-256-cbc", "-pwri_password", password, entity=entity)

    def verified(self, mail: bytes, authority: Holder) -> bytes:
        """Return what is signed in a mail, if its signature fits and leads to the authority."""
        arguments = ["-CAfile", self._file("ca.pem", authority.certificate_pem), "-purpose", "smimesign"]
        return self._run("-verify", *arguments, "-attime", str(int(NOW.timestamp())), entity=mail)

    def decrypted(self, mail: bytes, holder: Holder) -> bytes:
        """Return what is encrypted in a mail for this holder."""
        own = self._file("own.pem", holder.certificate_pem + holder.key_pem)
        return self._run("-decrypt", "-recip", own, "-inkey", own, "-binary", entity=mail)

    def printed(self, mail: bytes) -> str:
        """Return all that openssl reads in the structure of a mail."""
        return self._run("-cmsout", "-print", "-noout", entity=mail).decode()

    def further_signers(self, *signers: Holder) -> list[str]:
        """Return options that make others sign too."""
        options: list[str] = []
        for place, one in enumerate(signers):
            options += ["-signer", self._file(f"further-{place}.pem", one.certificate_pem + one.key_pem)]
        return options

    def certificates_only(self, *holders: Holder) -> bytes:
        """Return the structure that carries certificates and nothing else."""
        chain = self._file("chain.pem", b"".join(one.certificate_pem for one in holders))
        command = ["openssl", "crl2pkcs7", "-nocrl", "-certfile", chain, "-outform", "DER"]
        return subprocess.run(command, capture_output=True, check=True, timeout=30).stdout

    def _run(self, *arguments: str, entity: bytes) -> bytes:
        command = ["openssl", "cms", *arguments, "-in", self._file("entity", entity)]
        done = subprocess.run(command, capture_output=True, check=False, timeout=30)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def _file(self, name: str, content: bytes) -> str:
        path = self._directory / name
        path.write_bytes(content)
        return str(path)


def mail_of(entity: bytes, *header: str) -> bytes:
    """Return a mail with the entity as its content; line ends as the entity has them."""
    line_end = "\r\n" if b"\r\n" in entity[:2000] else "\n"
    return (line_end.join(header or HEADER) + line_end).encode() + entity
