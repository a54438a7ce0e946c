"""Which folder of an account is Junk, and which is Sent: by special use (RFC 6154), else by its usual name."""

import unicodedata
from collections.abc import Iterable, Sequence

from servers.inbox import ListedFolder
from servers.models.folders import FolderRole

INBOX = "INBOX"
# The name of a Sent folder that we create where there is none.
NEW_SENT = "Sent"
# The column of the name.
MAX_NAME = 255


def find_folder(role: FolderRole, listed: Sequence[ListedFolder]) -> str | None:
    """Return the name of the folder that has the role; None when no folder looks like it.

    A folder that the server says it of wins; among the usual names the most usual one does, and of two with the same
    name the one at the top.
    """
    folders = [one for one in listed if _may_be_read(one)]
    for one in folders:
        if one.attributes & _ATTRIBUTES[role]:
            return one.name
    # A folder with another use may well be called "Sent" as well, such as one below Archive.
    by_name = {_own_name(one): one.name for one in sorted(folders, key=_depth, reverse=True) if _is_near_the_top(one)}
    return next((by_name[name] for name in _NAMES[role] if name in by_name), None)


def name_of_new_sent(listed: Sequence[ListedFolder]) -> str:
    """Return where a Sent folder is to be created: below INBOX where all folders are there (Courier, Cyrus)."""
    others = [one for one in listed if one.name.upper() != INBOX]
    if others and all(_is_below_inbox(one) for one in others):
        return f"{INBOX}{others[0].delimiter}{NEW_SENT}"
    return NEW_SENT


def _may_be_read(folder: ListedFolder) -> bool:
    return (
        folder.name.upper() != INBOX
        and len(folder.name) <= MAX_NAME
        and folder.name.isprintable()
        and not folder.attributes & _NOT_SELECTABLE
    )


def _own_name(folder: ListedFolder) -> str:
    """Return the last level of the name, so that it can be compared."""
    return _comparable(_levels(folder)[-1])


def _comparable(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()


def _depth(folder: ListedFolder) -> int:
    return len(_levels(folder))


def _levels(folder: ListedFolder) -> list[str]:
    return folder.name.split(folder.delimiter) if folder.delimiter else [folder.name]


def _is_near_the_top(folder: ListedFolder) -> bool:
    """Tell whether it stands at the top, or below what providers put around all folders."""
    above = [one.casefold() for one in _levels(folder)[:-1]]
    return not above or (len(above) == 1 and above[0] in _ABOVE_ALL)


def _is_below_inbox(folder: ListedFolder) -> bool:
    return bool(folder.delimiter) and folder.name.upper().startswith(f"{INBOX}{folder.delimiter}")


def _comparable_names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_comparable(name) for name in names))


_NOT_SELECTABLE = frozenset({"\\noselect", "\\nonexistent"})
_ABOVE_ALL = frozenset({"inbox", "[gmail]", "[google mail]"})
# XLIST says \Spam where RFC 6154 says \Junk.
_ATTRIBUTES = {
    FolderRole.JUNK: frozenset({"\\junk", "\\spam"}),
    FolderRole.SENT: frozenset({"\\sent"}),
}
_NAMES = {
    FolderRole.JUNK: _comparable_names(
        (
            "Junk", "Spam", "Junk E-mail", "Junk-E-Mail", "Junk Email", "Junk Mail", "Bulk Mail", "Bulk",
            "Spamverdacht", "Unerwünscht", "Courrier indésirable", "Indésirables", "Pourriel",
            "Correo no deseado", "Correo basura", "No deseado", "Lixo eletrônico", "Lixo electrónico",
            "Lixo eletrónico", "Posta indesiderata", "Indesiderata", "Ongewenste e-mail", "Ongewenst",
            "Skräppost", "Søppelpost", "Uønsket e-post", "Uønsket mail", "Roskaposti", "Wiadomości-śmieci",
            "Nevyžádaná pošta", "Nevyžiadaná pošta", "Levélszemét", "Спам", "Нежелательная почта",
            "Небажана пошта", "Önemsiz E-posta", "Önemsiz", "Ανεπιθύμητα", "迷惑メール", "垃圾邮件",
            "垃圾郵件", "스팸", "스팸메일함", "정크 메일",
        )
    ),
    FolderRole.SENT: _comparable_names(
        (
            "Sent", "Sent Items", "Sent Mail", "Sent Messages", "Sent-Mail", "Sent Objects", "Gesendet",
            "Gesendete Elemente", "Gesendete Objekte", "Gesendete Nachrichten", "Gesendete", "Envoyés",
            "Éléments envoyés", "Messages envoyés", "Objets envoyés", "Enviados", "Elementos enviados",
            "Mensajes enviados", "Itens enviados", "Mensagens enviadas", "Inviata", "Posta inviata",
            "Inviati", "Elementi inviati", "Verzonden", "Verzonden items", "Verzonden berichten",
            "Verzonden objecten", "Skickat", "Skickade", "Skickade objekt", "Sendt", "Sendt post",
            "Sendte elementer", "Sendt e-post", "Lähetetyt", "Lähetetyt kohteet", "Wysłane",
            "Elementy wysłane", "Odeslané", "Odeslaná pošta", "Odoslané", "Elküldött", "Elküldött elemek",
            "Отправленные", "Надіслані", "Gönderilmiş Öğeler", "Gönderilenler", "Gönderilmiş",
            "Απεσταλμένα", "送信済み", "送信済みアイテム", "送信済みメール", "已发送", "已发送邮件",
            "已傳送", "寄件備份", "보낸편지함", "보낸 편지함",
        )
    ),
}  # fmt: skip
