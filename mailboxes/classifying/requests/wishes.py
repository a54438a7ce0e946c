"""How people ask to be taken off a list; regular expressions for folded text."""

# Said alone, it is enough. Behind it may stand what the program of the sender's mail added: a token.
ALONE = (
    r"unsubscribe|unsub|opt[- ]?out|stop(?: all)?|remove(?: me)?|take me off|cancel subscription",
    r"abmelden|abbestellen|austragen|newsletter (?:abmelden|abbestellen)|abmeldung(?: (?:vom )?newsletter)?",
    r"désinscription|désabonnement|désinscrire|désabonner|se désinscrire|me désinscrire|me désabonner",
    r"(?:dar(?:me)? de )?baja|cancelar suscripción|desuscribir(?:me)?|darse de baja|eliminar suscripción",
    r"cancell(?:a|ami|azione)(?: iscrizione)?|disiscri(?:vi|vimi|zione)|disdetta newsletter|rimuovi(?:mi)?",
    r"cancelar (?:inscrição|assinatura|subscrição)|descadastr(?:ar|o)|remover|sair da lista",
    r"uitschrijven|afmelden|schrijf mij uit|afmeldig|afmelding",
    r"afmeld(?: mig| nyhedsbrev)?|avmeld(?:ing| meg)?|avregistrera(?: mig)?|avsluta prenumeration|avprenumerera",
    r"peru(?:uta)? tilaus|poista listalta|wypisz(?: mnie)?|rezygnuję|wypisać|odhlásit|odhlasit|odhlášení|"
    r"odjava|odjavi",
    r"leiratkoz(?:ás|om)|dezabonare|отписаться|отпишите меня|отписка|відписатися|отпиши ме|απεγγραφή|διαγραφή",
    r"listeden (?:çık|çıkar)|abonelikten çık|hủy đăng ký|berhenti berlangganan|הסר(?:ה)?|إلغاء الاشتراك",
)
ALONE_UNSPACED = (
    r"退订|退訂|取消订阅|取消訂閱|配信(?:停止|解除)|購読(?:停止|解除)|登録解除|수신 ?거부|구독 ?취소|ยกเลิกการสมัคร",
)

_LIST = (
    r"(?:mailing |e-?mail |mail |distribution |contact |marketing |news ?letter )*"
    r"(?:lists?|news ?letters?|mailings?|mailing ?lists?|data ?base)"
)
_PLEASE = (
    r"(?:please |pls |plz |kindly |can you |could you |would you |i want you to |i'd like you to |just )*(?:please )?"
)

# A sentence; it has to name the list, or to say "me".
REQUEST = (
    rf"{_PLEASE}(?:un-?subscribe|opt[- ]?out) (?:me|us|this (?:e-?mail|address)|my (?:e-?mail|address)|"
    rf"from (?:your|this|the|all))",
    rf"{_PLEASE}(?:remove|delete|take|drop|strike) (?:me|us|my (?:name|e-?mail|address|e-?mail address|data|"
    rf"details)|this (?:e-?mail )?address)"
    rf"(?: (?:off|out|from)(?: of)? (?:all |any )?(?:of )?(?:your|this|the|these)(?: [^ ]{{1,20}})? {_LIST})",
    r"(?:take|get) me off (?:of )?(?:your|this|the)",
    rf"{_PLEASE}(?:stop|cease|quit) (?:sending|e-?mailing|mailing|spamming|contacting)(?: (?:me|us|these|this|"
    rf"your|any|more|to))",
    r"(?:do not|don't|never) (?:send|e-?mail|contact|mail) (?:me|us) (?:any ?more|again|any more|ever|these|"
    r"any further|further|your)",
    r"(?:i|we) (?:want|wish|would like|'d like|like|need) to (?:be )?(?:un-?subscribed?|opt[- ]?out|removed? from)",
    r"i (?:no longer|do not|don't) (?:want|wish) to (?:receive|get|be on)[^.!?]{0,40}(?:e-?mail|mail|news|"
    r"message|list)",
    rf"no (?:more|further) (?:e-?mails?|mails?|messages|{_LIST})",
    # German
    r"(?:bitte )?(?:nehmen sie |streichen sie |löschen sie |nehmt |tragen sie |tragt )(?:mich|uns|"
    r"meine [a-z-]{3,20})[^.!?]{0,40}"
    r"(?:verteiler|liste|newsletter|datenbank|aus)",
    r"(?:bitte )?(?:mich |uns )(?:(?:von|aus|vom) [^.!?]{1,50})?(?:abmelden|austragen|streichen|löschen|"
    r"entfernen|abzumelden)",
    r"bitte (?:den |ihren |diesen |meinen |vom )?(?:newsletter |verteiler )?(?:abmelden|abbestellen|austragen|"
    r"kündigen)",
    r"(?:ich möchte|ich will|wir möchten)[^.!?]{0,40}(?:abmelden|abbestellen|abzumelden|keine (?:newsletter|"
    r"werbung|mails|e-?mails))",
    r"(?:bitte )?(?:senden|schicken) sie (?:mir|uns) keine[^.!?]{0,30}(?:mails?|newsletter|werbung|nachrichten)",
    # French
    r"(?:merci de |veuillez |pouvez-vous |je souhaite |je voudrais |je veux )+(?:me |nous |m')(?:désinscrire|"
    r"désabonner|retirer|supprimer|enlever|rayer|désinscrir)",
    r"(?:retirez|supprimez|enlevez|désinscrivez|désabonnez)-(?:moi|nous)|ne (?:plus |)m'envoyez plus|"
    r"je ne (?:souhaite|veux) plus recevoir",
    # Spanish, Portuguese, Italian
    r"(?:por favor,? |quiero |deseo |solicito |ruego )*(?:darme|dar(?:nos)?|me den|denme|dénme) de baja|"
    r"quiten?me de|(?:eliminen?me|bórrenme|borrarme) de",
    r"no (?:deseo|quiero) recibir más|(?:por favor,? |favor )*(?:remov(?:er|am|a)|retir(?:ar|em|e)|exclu(?:ir|"
    r"am|a)|tir(?:ar|em|e)) (?:meu|o meu|me|-me)",
    r"não (?:desejo|quero) (?:mais )?receber|(?:vi prego di |vogliate |per favore |potete )*(?:cancellar|"
    r"rimuover|toglier|disiscriver|cancell|eliminar)(?:e|mi|temi|atemi)[^.!?]{0,40}"
    r"(?:lista|mailing|newsletter|iscrizione|elenco)|non (?:desidero|voglio) (?:più )?ricevere",
    # Dutch, Danish, Norwegian, Swedish, Finnish
    r"(?:graag |gelieve |wilt u |kunt u |ik wil )+(?:mij |me |ons )[^.!?]{0,30}(?:uitschrijven|afmelden|"
    r"verwijderen)|(?:schrijf|haal|meld) (?:mij|me) [^.!?]{0,25}(?:uit|af)",
    r"(?:venligst |vennligst |vänligen |snälla )*(?:afmeld|frameld|slet|fjern|avmeld|ta bort|"
    r"avregistrera) (?:mig|meg|oss|os|min)[^.!?]{0,40}",
    r"(?:pyydän |haluan |ystävällisesti )*(?:poistakaa|poista|poistaa) (?:minut|"
    r"osoitteeni)[^.!?]{0,30}(?:listalta|postituslist)",
    # Polish, Czech, Russian, Ukrainian
    r"(?:proszę |prosze )+(?:o )?(?:wypisać|wypisanie|usunąć|usunięcie|wykreślić|"
    r"wykreślenie)[^.!?]{0,40}(?:mnie|list|newsletter|baz|adres)",
    r"(?:prosím )+(?:odhlaste|odhlásit|vyřaďte|odstraňte|vyraďte)[^.!?]{0,40}|(?:пожалуйста,? |"
    r"прошу )*(?:отпишите|удалите|исключите|уберите) (?:меня|мой)",
    r"(?:прошу )(?:видалити|відписати)[^.!?]{0,30}|больше не (?:присылайте|пишите|хочу получать)",
)
REQUEST_UNSPACED = (
    r"(?:配信|購読|メルマガ)(?:を|の)?(?:停止|解除|中止)|(?:リスト|名簿)から(?:削除|外し)",
    r"(?:请|請)(?:帮我|幫我|将我|將我|把我)?[^。]{0,10}(?:退订|退訂|取消订阅|取消訂閱|移除|删除)|不要再(?:发|發|寄)",
    r"수신 ?거부|메일 ?(?:발송|수신)(?:을|를)? ?(?:중단|중지|거부)",
)
# What may stand beside it.
COURTESY = (
    r"please|pls|plz|kindly|thank you|thanks|thx|many thanks|regards|best|kind|yours|sincerely|cheers|hi|hello|dear|"
    r"sirs?|madam|all|team|there|immediately|now|asap|at once|again|sir|sent from my [a-z0-9 ]{2,30}|you|and|the|"
    r"to|for|of|your|my|our|from|this|e-?mails?|address|newsletter|list|mailing|me|it|is|in|any|more|further|"
    r"very much",
    r"bitte|danke|vielen dank|mit freundlichen grüßen|freundliche grüße|viele grüße|hallo|guten tag|mfg|"
    r"von meinem iphone "
    r"gesendet|sehr geehrte damen und herren|merci|bonjour|cordialement|envoyé de mon [a-z]{3,12}|gracias|"
    r"hola|saludos|un|"
    r"por favor|grazie|buongiorno|saluti|cordiali|obrigad[oa]|olá|atenciosamente|bedankt|met vriendelijke groet|dank|"
    r"tak|takk|tack|med vennlig hilsen|hilsen|mvh|kiitos|dziękuję|pozdrawiam|děkuji|спасибо|дякую|с уважением",
)
# Who says so talks about leaving, and does not ask for it.
NOT_A_REQUEST = (
    r"(?:not|never|can ?not|can't|couldn't|unable to|how (?:do|can|to|should)|button|link|does(?:n't| not)|"
    r"did(?:n't| not)|"
    r"page|broken|users?|customers?|clients?|subscribers?|feature|why|before|if|nicht|wie|kunden|pas|comment|"
    r"cómo|come faccio)\b"
    r"[^.!]{0,60}(?:un-?subscri|opt|remov|list|abmeld|désin|désab|baja|iscri)",
    r"(?:un-?subscrib[a-z]{1,4}|opt[- ]?out|abmelde?|désinscription|désabonnement)[ -]?(?:link|button|page|"
    r"request|rate|function|"
    r"feature|users?|form|option|header|process|event|webhook|api|seite|funktion|formular)",
    r"(?:don't|do not|never|not) (?:un-?subscribe|remove|delete|opt)",
)
