"""What a change of settings means for the messages that are on an incoming server, and for its folders."""

from datetime import datetime, timedelta

from django.db.models import F

from mailboxes.models import MessageOrigin
from servers.models import Folder, FolderRole, IncomingServer


def follow(before: IncomingServer, after: IncomingServer, *, now: datetime) -> None:
    """Put off, bring forward or call off the removals that are planned, and forget folders that are read no more."""
    _follow_days(before, after, now=now)
    unread = [
        role
        for role, is_read in ((FolderRole.JUNK, after.watch_junk), (FolderRole.SENT, after.read_sent))
        if not is_read
    ]
    # Read again one day, a folder begins anew with what comes then.
    Folder.objects.filter(server=after, role__in=unread).delete()
    IncomingServer.objects.filter(pk=after.pk).update(folders_sought_at=None)


def _follow_days(before: IncomingServer, after: IncomingServer, *, now: datetime) -> None:
    planned = MessageOrigin.objects.filter(server=after, removal=MessageOrigin.Removal.KEEP, remove_at__isnull=False)
    if not after.copy_mail:
        planned.update(remove_at=now)
    elif after.remove_after_days is None:
        planned.update(remove_at=None)
    elif before.remove_after_days is not None and before.remove_after_days != after.remove_after_days:
        planned.update(remove_at=F("remove_at") + timedelta(days=after.remove_after_days - before.remove_after_days))
