"""Decides where a mail goes: into a folder of this world, to the catch-all, and to the person who may answer it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import format_datetime

from mailhub.demo.world import people
from mailhub.demo.world.agenda import Agenda
from mailhub.demo.world.correspondents import Correspondents
from mailhub.demo.world.direct_mail import DirectMail
from mailhub.demo.world.store import INBOX, MailStore


class PostOffice:
    """Accepts mail for every address but the unknown ones of hosted domains; nothing leaves the machine."""

    def __init__(
        self,
        store: MailStore,
        agenda: Agenda,
        correspondents: Correspondents,
        clock: Callable[[], datetime],
        direct_mail: DirectMail | None = None,
    ) -> None:
        """Without `direct_mail`, direct addresses are addresses of the outside like any other."""
        self._store = store
        self._agenda = agenda
        self._correspondents = correspondents
        self._clock = clock
        self._direct_mail = direct_mail

    def accepts(self, rcpt_to: str) -> bool:
        return people.find_account(rcpt_to) is not None or not people.is_hosted(rcpt_to)

    def accept(self, mail_from: str, rcpt_to: Sequence[str], raw: bytes) -> None:
        """Deliver a submitted mail to each recipient and let the people among them answer."""
        now = self._clock()
        for address in rcpt_to:
            self._deliver(mail_from, address, raw, now)
            if not self._is_direct(address):
                self._correspondents.receive(address, raw, mail_from=mail_from, now=now)

    def deliver_due(self, now: datetime) -> int:
        """Deliver the letters of invented people whose moment has come, and return how many."""
        count = 0
        for letter in self._agenda.take_due(now):
            if self.accepts(letter.rcpt_to):
                self._deliver(letter.mail_from, letter.rcpt_to, letter.raw, now)
                count += 1
        return count

    def _is_direct(self, address: str) -> bool:
        return self._direct_mail is not None and self._direct_mail.is_for(address)

    def _deliver(self, mail_from: str, rcpt_to: str, raw: bytes, now: datetime) -> None:
        if self._direct_mail is not None and self._direct_mail.is_for(rcpt_to):
            self._direct_mail.send(mail_from, rcpt_to, raw)
            return
        account = people.find_account(rcpt_to)
        address = people.CATCH_ALL_ADDRESS if account is None else account.addr_spec
        inbox = self._store.ensure_folder(address, INBOX, now=now)
        # Final delivery adds the trace fields at the top (RFC 5321 §4.4).
        trace = (
            f"Return-Path: <{mail_from}>\r\n"
            f"Delivered-To: {rcpt_to}\r\n"
            f"Received: from localhost by smtp.mailhub.example for <{rcpt_to}>; {format_datetime(now)}\r\n"
        )
        self._store.append(inbox.id, trace.encode() + raw, internaldate=now)
