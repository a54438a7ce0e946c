"""Takes in what is new in one open folder: fetch in windows, store, then remove."""

import time

from mailboxes.polling import archiving, boundaries, folders, removing, taking
from mailboxes.polling.sessions import Session
from mailhub.lib.failpoints import failpoint
from servers.inbox import Entry, windows
from servers.models import Folder, FolderRole


def take_in(session: Session, folder: Folder, *, until: float) -> bool:
    """Store what is new in the open folder; True when there is more than could be fetched before `until` (monotonic).

    Raises ServerFailure and LeaseLost; what was stored before stays stored.
    """
    boundaries.draw(session, folder)
    listing = folders.listing_of(session, folder)
    boundaries.draw_names(session, folder, listing)
    known = taking.known_identities(session, folder, listing.entries)
    new = [entry for entry in boundaries.without_old(folder, listing.entries) if entry.identity not in known]
    taking.report_too_large(session, new)
    removable: list[Entry] = []
    is_out_of_time = False
    for window in windows([entry for entry in new if not entry.is_too_large]):
        if time.monotonic() > until:
            is_out_of_time = True
            break
        taken = taking.take_in_window(session, folder, window)
        failpoint("poll.stored")
        removable += removing.removable(session, folder, taken)
    has_more = listing.has_more or is_out_of_time
    if folder.role == FolderRole.INBOX:
        if not has_more:
            # A session of POP3 ends when it removes.
            archive_until = min(until, time.monotonic() + archiving.ARCHIVE_SECONDS)
            has_more = archiving.take_in_named(session, folder, listing, until=archive_until)
        removing.remove(session, folder, removable)
    if not is_out_of_time:
        folders.skip_to_end(session, folder, listing)
        taking.ask_again(session, folder)
    return has_more
