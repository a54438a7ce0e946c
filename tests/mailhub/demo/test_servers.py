"""The three servers of the mail world, as ordinary clients meet them."""

import poplib
import smtplib
from pathlib import Path

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from mailhub.demo.world.server import WorldPorts
from tests.mailhub.demo.clients import (
    POSTMASTER,
    SALES,
    imap_session,
    inbox,
    letter,
    pop3_session,
    submit,
)
from tests.mailhub.demo.conftest import MovableClock, running_world


def test_imap_and_pop3_show_the_same_mail(world: WorldPorts) -> None:
    submit(world.smtp, letter("sales@harbor.example"))

    (raw,) = inbox(world.imap).values()
    with pop3_session(world.pop3) as client:
        _status, lines, _octets = client.retr(1)

    assert b"\r\n".join(lines) + b"\r\n" == raw
    assert b"\r\n.\r\nA line that begins" in raw


def test_imap_tells_an_idle_client_of_new_mail(world: WorldPorts) -> None:
    with imap_session(world.imap) as client:
        client.idle()
        submit(world.smtp, letter("sales@harbor.example"))
        responses = client.idle_check(timeout=5)
        client.idle_done()

    assert (1, b"EXISTS") in responses


def test_imap_keeps_flags_copies_moves_and_expunges(world: WorldPorts) -> None:
    submit(world.smtp, letter("sales@harbor.example"))

    with imap_session(world.imap) as client:
        client.add_flags([1], [b"\\Seen"])
        flags = client.get_flags([1])[1]
        client.copy([1], "Archive")
        client.move([1], "Trash")
        left = client.search()
        client.select_folder("Archive")
        archived = client.fetch(client.search(), ["FLAGS", "RFC822.SIZE"])

    assert b"\\Seen" in flags
    assert left == []
    assert [found[b"FLAGS"] for found in archived.values()] == [(b"\\Seen",)]


def test_imap_append_returns_the_uid_and_keeps_the_bytes(world: WorldPorts) -> None:
    raw = b"Subject: 8-bit \xff\r\n\r\nbody\r\n"

    with imap_session(world.imap) as client:
        answer = client.append("Sent", raw, flags=[b"\\Seen"])
        client.select_folder("Sent")
        (found,) = client.fetch(client.search(), ["BODY.PEEK[]"]).values()

    assert b"APPENDUID" in answer
    assert found[b"BODY[]"] == raw


def test_imap_makes_renames_and_deletes_folders(world: WorldPorts) -> None:
    with imap_session(world.imap) as client:
        client.create_folder("Projects/2026")
        client.rename_folder("Projects/2026", "Projects/Old")
        client.delete_folder("Drafts")
        names = {name for _flags, _delimiter, name in client.list_folders()}

    assert "Projects/Old" in names
    assert "Projects/2026" not in names
    assert "Drafts" not in names


def test_pop3_answers_every_command(world: WorldPorts) -> None:
    submit(world.smtp, letter("sales@harbor.example", subject="One"))
    submit(world.smtp, letter("sales@harbor.example", subject="Two"))

    with pop3_session(world.pop3) as client:
        capabilities = client.capa()
        count, size = client.stat()
        listing = client.list()[1]
        top = b"\r\n".join(client.top(1, 1)[1])
        client.dele(1)
        after_dele = client.stat()[0]
        client.rset()
        client.noop()
        after_rset = client.stat()[0]

    assert {"TOP", "UIDL", "USER"} <= capabilities.keys()
    assert count == len(listing) == after_rset == 2
    assert size == sum(int(line.split()[1]) for line in listing)
    assert after_dele == 1
    assert b"Subject: One" in top
    assert b"spring prices" not in top


def test_pop3_deletes_at_quit_only(world: WorldPorts) -> None:
    submit(world.smtp, letter("sales@harbor.example", subject="One"))
    submit(world.smtp, letter("sales@harbor.example", subject="Two"))
    dropped = poplib.POP3("127.0.0.1", world.pop3, timeout=5)
    dropped.user(SALES[0])
    dropped.pass_(SALES[1])
    dropped.dele(1)
    dropped.close()

    with pop3_session(world.pop3) as client:
        before_quit = client.stat()[0]
        client.dele(1)

    assert before_quit == 2
    assert len(inbox(world.imap)) == 1


def test_pop3_refuses_numbers_and_commands_that_do_not_exist(world: WorldPorts) -> None:
    with pop3_session(world.pop3) as client:
        for command in ("RETR 1", "RETR x", "DELE 0", "TOP 1", "XYZZY", "USER again"):
            with pytest.raises(poplib.error_proto, match="-ERR"):
                client._shortcmd(command)  # type: ignore[attr-defined]


@pytest.mark.parametrize("user_name", ["sales@harbor.example", "nobody@harbor.example"])
def test_wrong_passwords_are_refused_in_words(world: WorldPorts, user_name: str) -> None:
    with IMAPClient("127.0.0.1", world.imap, ssl=False, timeout=5) as imap, pytest.raises(LoginError) as imap_error:
        imap.login(user_name, "wrong")
    pop3 = poplib.POP3("127.0.0.1", world.pop3, timeout=5)
    pop3.user(user_name)
    with pytest.raises(poplib.error_proto) as pop3_error:
        pop3.pass_("wrong")
    pop3.quit()
    with (
        smtplib.SMTP("127.0.0.1", world.smtp, timeout=5) as smtp,
        pytest.raises(smtplib.SMTPAuthenticationError) as smtp_error,
    ):
        smtp.login(user_name, "wrong")

    assert "[AUTHENTICATIONFAILED] The user name or the password is wrong." in str(imap_error.value)
    assert "-ERR [AUTH]" in str(pop3_error.value)
    assert smtp_error.value.smtp_code == 535
    assert "5.7.8" in str(smtp_error.value.smtp_error)


def test_smtp_refuses_unknown_recipients_of_hosted_domains(world: WorldPorts) -> None:
    mail = letter("nobody@harbor.example")

    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        submit(world.smtp, mail)

    code, text = refusal.value.recipients["nobody@harbor.example"]
    assert code == 550
    assert text.startswith(b"5.1.1")


def test_smtp_takes_nothing_before_sign_in(world: WorldPorts) -> None:
    with smtplib.SMTP("127.0.0.1", world.smtp, timeout=5) as client:
        client.ehlo()
        code, _text = client.mail("sales@harbor.example")

    assert code == 530


def test_mail_to_any_other_domain_is_kept_in_the_catch_all(world: WorldPorts) -> None:
    submit(world.smtp, letter("whoever@somewhere.example"))

    (raw,) = inbox(world.imap, POSTMASTER).values()

    assert b"Delivered-To: whoever@somewhere.example\r\n" in raw
    assert b"Return-Path: <sales@harbor.example>\r\n" in raw


def test_a_restart_keeps_mail_with_the_same_uids(tmp_path: Path, clock: MovableClock) -> None:
    with running_world(tmp_path, clock) as first:
        submit(first.smtp, letter("sales@harbor.example", subject="One"))
        submit(first.smtp, letter("sales@harbor.example", subject="Two"))
        with imap_session(first.imap) as imap:
            imap.add_flags([2], [b"\\Flagged"])
            before = (imap.folder_status("INBOX"), imap.fetch([1, 2], ["UID", "FLAGS", "INTERNALDATE", "BODY.PEEK[]"]))
        with pop3_session(first.pop3) as pop3:
            uidl_before = pop3.uidl()[1]

    with running_world(tmp_path, clock) as second:
        with imap_session(second.imap) as imap:
            after = (imap.folder_status("INBOX"), imap.fetch([1, 2], ["UID", "FLAGS", "INTERNALDATE", "BODY.PEEK[]"]))
        with pop3_session(second.pop3) as pop3:
            uidl_after = pop3.uidl()[1]

    assert after == before
    assert uidl_after == uidl_before
