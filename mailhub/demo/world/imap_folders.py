"""The store's folders and messages in the shape that pymap serves over IMAP."""

from collections.abc import Callable, Iterable
from datetime import datetime

from pymap.backend.mailbox import MailboxDataInterface, MailboxSetInterface
from pymap.concurrent import Event
from pymap.flags import FlagOp
from pymap.interfaces.message import CachedMessage
from pymap.listtree import ListTree
from pymap.mailbox import MailboxSnapshot
from pymap.message import BaseLoadedMessage, BaseMessage
from pymap.mime import MessageContent
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement, ObjectId
from pymap.parsing.specials.flag import Flag, Seen
from pymap.selected import SelectedMailbox, SelectedSet

from mailhub.demo.world.store import INBOX, Folder, MailStore, StoredMessage

Clock = Callable[[], datetime]

DELIMITER = "/"
# A change between a client's last command and its IDLE is told after this many seconds at the latest.
_IDLE_LOOK_SECONDS = 20.0


class ImapMessage(BaseMessage):
    """A stored message; its bytes are read only when a command needs them."""

    __slots__ = ("_store", "_stored")

    def __init__(self, store: MailStore, stored: StoredMessage, *, expunged: bool = False) -> None:
        super().__init__(
            stored.uid, stored.internaldate, frozenset(Flag(flag) for flag in stored.flags), expunged=expunged
        )
        self._store = store
        self._stored = stored

    def as_expunged(self) -> "ImapMessage":
        """Return the same message marked as gone."""
        return ImapMessage(self._store, self._stored, expunged=True)

    async def load_content(self, requirement: FetchRequirement) -> BaseLoadedMessage:
        """Return the message with its parsed content if the command asked for content."""
        if requirement.has_none(FetchRequirement.CONTENT):
            return BaseLoadedMessage(self, requirement, None)
        raw = self._store.find_raw(self._stored.folder_id, self.uid)
        return BaseLoadedMessage(self, requirement, None if raw is None else MessageContent.parse(raw))


class ImapFolder(MailboxDataInterface[ImapMessage]):
    """One folder, shared by all sessions that have it selected."""

    def __init__(self, store: MailStore, folder: Folder, clock: Clock) -> None:
        self._store = store
        self._folder = folder
        self._clock = clock
        self._changed = Event.for_asyncio()
        self._selected_set = SelectedSet()

    @property
    def mailbox_id(self) -> ObjectId:
        return ObjectId(b"F%08x%08x" % (self._folder.uidvalidity, self._folder.id))

    @property
    def readonly(self) -> bool:
        return False

    @property
    def uid_validity(self) -> int:
        return self._folder.uidvalidity

    @property
    def selected_set(self) -> SelectedSet:
        return self._selected_set

    def wake(self) -> None:
        """Tell the sessions that wait in IDLE to look again."""
        self._changed.set()

    async def update_selected(self, selected: SelectedMailbox, *, wait_on: Event | None = None) -> SelectedMailbox:
        if wait_on is not None:
            await wait_on.or_event(self._changed).wait(timeout=_IDLE_LOOK_SECONDS)
        selected.set_messages(self._messages())
        return selected

    async def append(self, append_msg: AppendMessage, *, recent: bool = False) -> ImapMessage:
        stored = self._store.append(
            self._folder.id,
            bytes(append_msg.literal),
            internaldate=append_msg.when or self._clock(),
            flags=_names(append_msg.flag_set),
        )
        return ImapMessage(self._store, stored)

    async def copy(self, uid: int, destination: "ImapFolder", *, recent: bool = False) -> int | None:
        return self._store.copy(self._folder.id, uid, destination._folder.id)  # noqa: SLF001 - same class

    async def move(self, uid: int, destination: "ImapFolder", *, recent: bool = False) -> int | None:
        new_uid = await self.copy(uid, destination, recent=recent)
        if new_uid is not None:
            self._store.expunge(self._folder.id, [uid])
        return new_uid

    async def get(self, uid: int, cached_msg: CachedMessage) -> ImapMessage:
        stored = self._store.find_message(self._folder.id, uid)
        if stored is not None:
            return ImapMessage(self._store, stored)
        if not isinstance(cached_msg, ImapMessage):
            raise TypeError(cached_msg)
        return cached_msg.as_expunged()

    async def update(self, uid: int, cached_msg: CachedMessage, flag_set: frozenset[Flag], mode: FlagOp) -> ImapMessage:
        message = await self.get(uid, cached_msg)
        flags = mode.apply(message.permanent_flags, flag_set)
        if flags != message.permanent_flags and not message.expunged:
            self._store.replace_flags(self._folder.id, uid, _names(flags))
        message.permanent_flags = flags
        return message

    async def delete(self, uids: Iterable[int]) -> None:
        self._store.expunge(self._folder.id, uids)

    async def claim_recent(self, selected: SelectedMailbox) -> None:
        """Give no session \\Recent: IMAP4rev2 dropped the flag and nobody here reads it."""

    async def cleanup(self) -> None:
        """Nothing to sweep: the database keeps itself tidy."""

    async def snapshot(self) -> MailboxSnapshot:
        messages = self._messages()
        unseen = [number for number, message in enumerate(messages, 1) if Seen not in message.permanent_flags]
        folder = self._store.get_folder(self._folder.account, self._folder.name)
        return MailboxSnapshot(
            self.mailbox_id,
            self.readonly,
            self.uid_validity,
            self.permanent_flags,
            self.session_flags,
            len(messages),
            0,
            len(unseen),
            unseen[0] if unseen else None,
            folder.uidnext,
        )

    def _messages(self) -> list[ImapMessage]:
        return [ImapMessage(self._store, stored) for stored in self._store.messages(self._folder.id)]


class FolderRegistry:
    """Hands the same ImapFolder to every session, so that one session's change wakes the others."""

    def __init__(self, store: MailStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._folders: dict[int, ImapFolder] = {}
        store.on_change(self._wake)

    def get(self, folder: Folder) -> ImapFolder:
        return self._folders.setdefault(folder.id, ImapFolder(self._store, folder, self._clock))

    def forget(self, folder: Folder) -> None:
        """Drop a folder that was deleted or renamed; the next session gets a fresh one."""
        self._folders.pop(folder.id, None)

    def _wake(self, folder_id: int) -> None:
        if folder_id in self._folders:
            self._folders[folder_id].wake()


class ImapFolders(MailboxSetInterface[ImapFolder]):
    """The folders of one account."""

    def __init__(self, store: MailStore, registry: FolderRegistry, account: str, clock: Clock) -> None:
        self._store = store
        self._registry = registry
        self._account = account
        self._clock = clock

    @property
    def delimiter(self) -> str:
        return DELIMITER

    async def set_subscribed(self, name: str, subscribed: bool) -> None:
        if subscribed:
            self._store.subscribe(self._account, name)
            return
        self._store.unsubscribe(self._account, name)

    async def list_subscribed(self) -> ListTree:
        return self._tree(folder.name for folder in self._store.folders(self._account) if folder.is_subscribed)

    async def list_mailboxes(self) -> ListTree:
        return self._tree(folder.name for folder in self._store.folders(self._account))

    async def get_mailbox(self, name: str) -> ImapFolder:
        return self._registry.get(self._store.get_folder(self._account, name))

    async def add_mailbox(self, name: str) -> ObjectId:
        return self._registry.get(self._store.create_folder(self._account, name, now=self._clock())).mailbox_id

    async def delete_mailbox(self, name: str) -> None:
        folder = self._store.get_folder(self._account, name)
        self._store.delete_folder(folder)
        self._registry.forget(folder)

    async def rename_mailbox(self, before: str, after: str) -> None:
        folder = self._store.get_folder(self._account, before)
        for old_name, new_name in (await self.list_mailboxes()).get_renames(folder.name, after):
            renamed = self._store.get_folder(self._account, old_name)
            self._store.rename_folder(renamed, new_name)
            self._registry.forget(renamed)
        # RFC 3501 §6.3.5: renaming INBOX leaves an empty INBOX behind.
        self._store.ensure_folder(self._account, INBOX, now=self._clock())

    def _tree(self, names: Iterable[str]) -> ListTree:
        return ListTree(DELIMITER).update(INBOX, *names)


def _names(flags: Iterable[Flag]) -> list[str]:
    return [str(flag) for flag in flags]
