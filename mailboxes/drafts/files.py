"""The files of a draft: stored as they are chosen, so that they are there wherever the draft is opened."""

import hashlib
import logging
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max
from django.template.defaultfilters import filesizeformat

from mailboxes.composing import AttachmentUpload
from mailboxes.models import Draft, DraftAttachment
from mailhub.tenancy import blobs

log = logging.getLogger(__name__)

# What a mail carries: together, in octets before they are encoded.
MAX_BYTES = 25 * 1024 * 1024
MAX_FILES = 100


class FileRefused(Exception):
    """It cannot be attached; the text says why and what to do."""


def attach(draft: Draft, uploads: Sequence[AttachmentUpload]) -> list[DraftAttachment]:
    """Add files to a draft and return them; one that is attached already, by name and content, is not added again.

    Raises FileRefused when they are too many or too large together; then none was added.
    """
    digests = blobs.put_all(draft.tenant_id, [one.content for one in uploads])
    with transaction.atomic():
        Draft.objects.select_for_update().get(pk=draft.pk)
        there = {(one.filename, one.sha256): one for one in draft.attachments.all()}
        wanted = list(zip(uploads, digests, strict=True))
        added = [(upload, digest) for upload, digest in wanted if (upload.filename, digest) not in there]
        refuse_excess([one.size for one in there.values()] + [len(upload.content) for upload, _digest in added])
        first = (draft.attachments.aggregate(last=Max("position"))["last"] or 0) + 1
        rows = [_row(draft, upload, digest, position) for position, (upload, digest) in enumerate(added, start=first)]
        DraftAttachment.objects.bulk_create(rows)
    by_content = there | {(row.filename, row.sha256): row for row in rows}
    return [by_content[upload.filename, digest] for upload, digest in wanted]


def copy_files(source: Draft, target: Draft) -> None:
    """Let `target` carry the files of `source` too: another letter that goes on from the same page."""
    rows = [
        DraftAttachment(
            tenant_id=one.tenant_id,
            draft=target,
            position=one.position,
            filename=one.filename,
            content_type=one.content_type,
            size=one.size,
            sha256=one.sha256,
        )
        for one in source.attachments.all()
    ]
    DraftAttachment.objects.bulk_create(rows)


def uploads_of(attachments: Sequence[DraftAttachment]) -> list[AttachmentUpload]:
    """Return the files with their content, as a letter carries them; raise BlobMissing when one is gone."""
    return [AttachmentUpload(one.filename, one.content_type, content_of(one)) for one in attachments]


def content_of(attachment: DraftAttachment) -> bytes:
    return blobs.get(attachment.tenant_id, attachment.sha256)


def renew(attachments: Sequence[DraftAttachment]) -> None:
    """Make the contents young, so that the sweep of orphans leaves them alone for a day although no row names them."""
    for one in attachments:
        try:
            blobs.put(one.tenant_id, content_of(one))
        except blobs.BlobMissing:
            log.warning("The content of draft attachment %s is not in the storage.", one.pk)


def is_among(upload: AttachmentUpload, attachments: Sequence[DraftAttachment]) -> bool:
    """Whether a file is there already, by its name and content."""
    digest = hashlib.sha256(upload.content).hexdigest()
    return any((one.filename, one.sha256) == (upload.filename, digest) for one in attachments)


def refuse_excess(sizes: Sequence[int]) -> None:
    """Raise FileRefused unless a mail can carry files of these sizes."""
    if len(sizes) > MAX_FILES:
        raise FileRefused(f"{len(sizes)} files are too many: attach at most {MAX_FILES}.")
    if sum(sizes) > MAX_BYTES:
        raise FileRefused(
            f"These files are {filesizeformat(sum(sizes))} together, and a mail carries at most "
            f"{filesizeformat(MAX_BYTES)}. Choose fewer or smaller ones, or send a link. What you wrote is kept."
        )


def _row(draft: Draft, upload: AttachmentUpload, digest: str, position: int) -> DraftAttachment:
    return DraftAttachment(
        tenant_id=draft.tenant_id,
        draft=draft,
        position=position,
        filename=upload.filename,
        content_type=upload.content_type[:255],
        size=len(upload.content),
        sha256=digest,
    )
