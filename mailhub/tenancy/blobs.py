"""Raw mail at rest: by tenant and SHA-256, sealed with the tenant's data key, durable before anyone relies on it."""

import hashlib
from collections.abc import Sequence

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from mailhub.lib.storage import DurableFileStorage
from mailhub.tenancy import sealing


class BlobMissing(Exception):
    """A stored message is not in the storage any more."""


def put_all(tenant_id: int, contents: Sequence[bytes]) -> list[str]:
    """Store each of `contents` and return their SHA-256 (hex) in order; when it returns, the bytes are on the disk."""
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    # A content that is there already is written again: that renews its age, so that the sweep of orphans spares it.
    files = [
        (name_of(tenant_id, digest), sealing.seal(tenant_id, content, place=f"blob|{digest}"))
        for digest, content in dict(zip(digests, contents, strict=True)).items()
    ]
    _save(files)
    return digests


def put(tenant_id: int, content: bytes) -> str:
    """Store one content and return its SHA-256 (hex)."""
    return put_all(tenant_id, [content])[0]


def get(tenant_id: int, digest: str) -> bytes:
    """Return the content; raise BlobMissing when it is gone, SealBroken when it is not this tenant's."""
    try:
        with default_storage.open(name_of(tenant_id, digest), "rb") as file:
            sealed = file.read()
    except FileNotFoundError as error:
        raise BlobMissing(f"No stored content {digest} for tenant {tenant_id}.") from error
    return sealing.unseal(tenant_id, sealed, place=f"blob|{digest}")


def delete(tenant_id: int, digest: str) -> None:
    """Remove a content that no row refers to."""
    default_storage.delete(name_of(tenant_id, digest))


def name_of(tenant_id: int, digest: str) -> str:
    return f"{directory_of(tenant_id)}/{digest[:2]}/{digest}"


def directory_of(tenant_id: int) -> str:
    return f"mail/{tenant_id}"


def _save(files: list[tuple[str, bytes]]) -> None:
    storage = default_storage._wrapped if hasattr(default_storage, "_wrapped") else default_storage  # noqa: SLF001
    if isinstance(storage, DurableFileStorage):
        storage.save_all(files)
        return
    for name, data in files:
        default_storage.save(name, ContentFile(data))
