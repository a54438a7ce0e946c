"""Reports in words that no other rule knows: sent by what calls itself a mail server, about a mail that failed."""

import re

from mailboxes.addresses import normalise
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification, Reason
from mailboxes.classifying.original import notice_of, original_of
from mailboxes.classifying.reports.notices import notice


def daemon_notice(inspected: Inspected) -> Classification | None:
    """Recognise a report in words: two of its sender, its subject, its text and its recipients have to say so."""
    is_from_server = (
        inspected.is_delivery_report
        or inspected.has_address_of_daemon
        or any(inspected.has(name) for name in _FIELDS_OF_REPORTS)
    )
    if _OTHER_SUBJECT.search(inspected.subject) or (not is_from_server and not _may_be_report(inspected)):
        return None
    subject = _SUBJECT.search(inspected.subject)
    if subject is None and not inspected.is_from_mail_server:
        return None
    words = _WORDS.search(" ".join(notice_of(inspected.text)[:_BEGINNING].split()).replace("\u2019", "'"))
    evidence = subject or words
    if evidence is None or not (is_from_server or words):
        return None
    found = notice(inspected, rule="daemon_notice", evidence=evidence[0][:80])
    if inspected.is_delivery_report or (found.recipients and is_from_server):
        return found
    if any(one.reason is not Reason.UNKNOWN for one in found.recipients):
        return found
    # A person who asks what became of a mail names nobody; nor does a postmaster who writes about other things.
    is_sure = bool(subject) and (bool(words) or inspected.sender.startswith("mailer-daemon"))
    return found if is_from_server and is_sure else None


def _may_be_report(inspected: Inspected) -> bool:
    """False for what people answer and pass on, what lists send, and what no mail system seems to have written.

    Shops, banks and parcel services write of failed deliveries, too, and so do people who ask what is wrong.
    """
    if inspected.is_passed_on or inspected.has("list-id") or inspected.has("list-unsubscribe"):
        return False
    # Programs that notify of something else set Auto-Submitted, too.
    return inspected.has_null_return_path or (
        not inspected.mail.in_reply_to and _returns_mail_of_its_recipient(inspected)
    )


def _returns_mail_of_its_recipient(inspected: Inspected) -> bool:
    """True if it encloses a mail that was written by the one who gets it, as a report does.

    Who quotes a mail by hand leaves out its Message-ID.
    """
    original = original_of(inspected)
    return bool(original.message_id) and any(normalise(one.addr_spec) in original.from_ for one in inspected.mail.to)


def says_undelivered(subject: str) -> bool:
    return bool(_SUBJECT.search(subject))


_BEGINNING = 4000
_FIELDS_OF_REPORTS = ("x-failed-recipients", "x-ms-exchange-message-is-ndr")
_SUBJECT = re.compile(
    r"undeliver|returned mail|returned to sender|return(?:ing)? (?:message|mail) to sender|mail return|"
    r"returned e-?mail|failure notice|message frozen|error\(s\) in forwarding|failure notification|"
    r"delivery (?:status|fail|problem|error|report|notification|delay|has|was|unsuccessful)|"
    r"(?:mail|message|e-?mail)(?: delivery)? (?:system )?(?:fail|error|bounce|problem)|"
    r"(?:mail|message|e-?mail) delivery|delayed (?:mail|message)|(?:could|can) ?not (?:be )?deliver|"
    r"unable to deliver|not delivered|non[- ]?deliver|error sending your mail|"
    r"rejected (?:mail|message|posting)|"
    r"(?:mail|message|e-?mail) (?:was |has been |is )?(?:rejected|refused|blocked)|bounce|nondeliver|ndn:|"
    r"ndr:|unknown (?:user|recipient)|user unknown|warning: (?:could not|message|mail)|failed mail|"
    r"failed delivery|unzustellbar|nicht zugestellt|nicht zustellbar|zustellung|fehlgeschlagen|rückläufer|"
    r"übermittlungsfehler|non[ _]remis|non distribu|échec de (?:la )?(?:remise|livraison|distribution)|"
    r"notification d'état|avis de non|no se (?:puede|pudo|ha podido) entregar|no entregado|error de entrega|"
    r"notificación de estado|mancat(?:o|a) (?:recapito|consegna)|non recapitabil|impossibile recapitare|"
    r"notifica dello stato|não (?:foi )?entreg|falha (?:na|de) entrega|não é possível entregar|onbestelbaar|"
    r"kan niet worden bezorgd|niet afgeleverd|kunde inte levereras|ej levererat|olevererbart|"
    r"kan ikke leveres|ikke leveret|nie dostarczon|niedostarczon|nie można dostarczyć|не доставлен|"
    r"недоставлен|не может быть доставлен|сообщение не|сбой доставки|配信不能|配信できません|配信エラー|"
    r"送信できません|メールエラー|エラー通知|未配信|不達|配達不能|退信|投递失败|无法投递|傳遞失敗|未送达|"
    r"无法传递|未傳遞|반송|배달되지|배달 ?실패|배달할 수|전송 ?실패|발송 ?실패|전송되지|"
    r"nedoruč|nebyla doručena|kézbesíthetetlen|kézbesítési hiba|nem kézbesít|nelivra[bt]|nu a (?:putut fi|fost) livrat|"
    r"imposibil de livrat|teslim edilem|iletilemedi|gönderilemedi|toimittaminen ei|toimittamat|ei voitu toimittaa|"
    r"kohaletoimetamat|nepiegād|nepristaty|została dostarczona|niedoręcz|zwrot wiadomości|går inte att leverera|"
    r"kunne ikke leveres|ikke[- ]lever|não entregue|no lliur|neisporuč|nije isporuč|mogoče dostaviti|nedostav|"
    r"не вдалося достав|неможливо достав|не може да (?:бъде|се) достав|недостав|μη παραδ|αδύνατη η παράδοση|"
    r"δεν παραδόθηκε|không gửi được|không thể gửi|tidak (?:dapat )?(?:ter|di)kirim|ไม่สามารถส่ง|לא ניתן למס|"
    r"غير قابل للتسليم|تعذر (?:ال)?تسليم|فشل (?:ال)?تسليم",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"failed recipients?|mailbox unavailable|non-?delivery report|has been postponed|"
    r"(?:could|can) ?not be (?:delivered|sent)|(?:was|were|has|have) not (?:been )?delivered|"
    r"unable to deliver|undeliverable|failed to deliver|delivery (?:has )?failed|cannot deliver|"
    r"could not deliver|couldn't be delivered|can't be delivered|"
    r"(?:was|been) (?:rejected|returned|refused|bounced|blocked)|"
    r"(?:unknown|no such) (?:user|recipient|mailbox|address)|user unknown|"
    r"(?:addresses|recipients?|users?) (?:had|failed|were rejected|was rejected)|"
    r"permanent(?:ly)? (?:fatal )?(?:error|fail)|problem delivering|"
    r"error (?:while|in) (?:delivering|sending)|"
    r"(?:address|mailbox|recipient|account) (?:does not|doesn't) exist|"
    r"(?:not|isn't) a (?:valid|known|local) (?:user|recipient|address|mailbox)|not (?:yet )?been delivered|"
    r"delivery (?:is |was |has been )?delayed|quota exceeded|mailbox (?:is )?full|"
    r"no longer (?:valid|exists|active)|nicht zugestellt|nicht zustellbar|konnte nicht|nicht ausgeliefert|"
    r"n'a pas (?:pu|été)|impossible de remettre|no se (?:pudo|ha podido|puede)|non è stato possibile|"
    r"impossibile (?:recapitare|consegnare)|não (?:pôde|foi possível|pode)|kon niet|kunde inte|kunne ikke|"
    r"nie (?:może|mogła)|не (?:может|удалось|доставлено)|送信できません|配信できません|送信できなかった|"
    r"届けできません|無法|无法(?:投递|送达|发送)|投递失败|退回|退信|전송하지 못|전송되지 못|배달하지 못|"
    r"nepodařilo (?:se )?doručit|nepodarilo (?:sa )?doručiť|nem (?:sikerült|lehetett) kézbesíteni|została dostarczona|"
    r"teslim edilem|iletilemedi|ei voitu toimittaa|ei õnnestunud|δεν ήταν δυνατή|nije isporuč|не вдалося|không thể",
    re.IGNORECASE,
)
# A server's sender writes about other things, too.
_OTHER_SUBJECT = re.compile(
    r"out of (?:the )?office|vacation|auto(?:matic|matische|mated)?[ -]?(?:reply|response|antwort)|abwesen|"
    r"away from|quarantin|digest|newsletter|(?:spam|virus) report|dmarc|report domain|subscri|read:|"
    r"gelesen:|not read:|delivered:|relayed:|success|zugestellt:|quota warning|over quota|"
    r"mailbox (?:is )?(?:almost|nearly)",
    re.IGNORECASE,
)
