"""Subjects of automatic answers."""

# "Automatic reply": only a program says so of its own mail.
AUTOMATIC = (
    # English
    r"auto(?:mat(?:ic|ed)|matically generated)?[ -]?(?:e-?mail )?(?:reply|response|responder|answer|acknowledge?ment)"
    r"(?: (?:e-?mail|message|notice))?",
    # German
    r"auto(?:m\.|matische|matisch generierte)? ?-?(?:antwort(?:mail)?|rückantwort|empfangsbestätigung|rückmeldung)",
    r"automatische (?:eingangsbestätigung|e-?mail-?antwort|abwesenheits[a-z]+)",
    # French, Spanish, Italian, Portuguese, Catalan, Romanian
    r"(?:message de )?réponse (?:automatique|automatisée)(?: d'absence)?",
    r"auto-?réponse",
    r"message automatique d'absence",
    r"(?:respuesta|contestación) (?:automática|automatizada)",
    r"auto-?(?:respuesta|risposta|resposta)",
    r"risposta automatica",
    r"resposta (?:automática|automatizada|automàtica)",
    r"răspuns automat",
    # Dutch, Danish, Norwegian, Swedish, Icelandic
    r"automatisch(?:e)? (?:antwoord|reactie|beantwoording|afwezigheidsbericht)(?: bij afwezigheid)?",
    r"auto-?(?:antwoord|svar)(?:smeddelande)?",
    r"automatiskt? (?:svar|besvarelse|svarsmeddelande)",
    r"sjálfvirkt svar",
    # Finnish, Estonian, Latvian, Lithuanian, Hungarian
    r"automaatti(?:nen )?vastaus",
    r"automaattinen poissaoloviesti",
    r"automaat(?:ne )?vastus",
    r"automātiskā atbilde",
    r"automatinis atsakymas",
    r"automatikus válasz",
    # Polish, Czech, Slovak, Slovenian, Croatian, Serbian
    r"(?:odpowiedź automatyczna|automatyczna odpowiedź|auto-?odpowiedź)",
    r"automatická odpove[dď]",
    r"automatická odpověď",
    r"(?:samodejni|avtomatski|automatski) odgovor",
    r"аутоматски одговор",
    # Russian, Ukrainian, Bulgarian
    r"авто-?ответ(?:чик)?",
    r"автоматический ответ",
    r"автоматична відповідь",
    r"авто-?відповід(?:ь|ач)",
    r"автоматичен отговор",
    # Greek, Turkish, Vietnamese, Indonesian, Malay
    r"αυτόματη απάντηση",
    r"otomatik (?:yanıt|cevap)",
    r"(?:thư )?(?:trả lời|phản hồi) tự động",
    r"tự động trả lời",
    r"(?:balasan|jawaban) (?:otomatis|automatik)",
    # Hebrew, Arabic, Persian
    r"(?:תשובה|מענה) (?:אוטומטית|אוטומטי)",
    r"(?:ال)?رد (?:ال)?(?:تلقائي|آلي)",
    r"پاسخ خودکار",
)
AUTOMATIC_UNSPACED = (
    r"(?:会议)?自动(?:回复|答复|应答)",
    r"自動(?:回覆|答覆|回復|返信|応答|回答|配信)(?:メール)?",
    r"自动(?:回覆|答覆)",
    r"オートリプライ",
    r"자동 ?(?:회신|응답|답장)",
    r"(?:การ)?ตอบ(?:กลับ)?(?:โดย)?อัตโนมัติ",
    r"स्वचालित (?:उत्तर|प्रत्युत्तर)",
)

# "Out of office": programs say it, and so do people.
ABSENT = (
    # English
    r"out[ -]of[ -](?:the[ -])?office",
    r"oo[of]",
    r"away from (?:the |my )?(?:office|desk|mail|e-?mail|computer)",
    r"on (?:annual |maternity |paternity |parental |sick )?leave",
    r"(?:i am |i'm )?on (?:vacation|holidays?)",
    r"vacation",
    # German
    r"abwesenheit",
    r"(?:bin )?abwesend",
    r"(?:bin )?(?:außer haus|nicht im (?:büro|haus)|nicht am arbeitsplatz|im urlaub|in elternzeit|im mutterschutz)",
    r"urlaubs(?:abwesenheit|vertretung)|urlaub|betriebsferien",
    # French
    r"absence(?: du bureau)?",
    r"absente?(?: du bureau| jusqu'[^:]{0,40})?",
    r"(?:je suis )?(?:en (?:congés?|vacances)|hors du bureau)",
    # Spanish, Portuguese
    r"fuera de (?:la )?oficina",
    r"(?:ausente|ausencia)(?: (?:de|en) la oficina)?",
    r"(?:de|en) vacaciones",
    r"fora do escritório",
    r"(?:ausência|férias)(?: (?:do escritório|temporária))?",
    r"(?:de|em) férias",
    # Italian, Romanian
    r"(?:sono )?fuori (?:sede|ufficio|stanza|dall'ufficio)",
    r"(?:sono )?(?:assente|assenza)(?: dall'ufficio)?",
    r"(?:sono )?in ferie",
    r"în (?:afara biroului|concediu)",
    # Dutch
    r"afwezig(?:heid)?",
    r"(?:niet (?:aanwezig|op kantoor)|buiten kantoor|(?:met|op) vakantie|met verlof)",
    # Danish, Norwegian, Swedish
    r"fravær(?:ende)?",
    r"ikke (?:til stede|på kontoret)|(?:ute av|væk fra) kontoret|på ferie",
    r"frånvaro|frånvarande|(?:ej|inte) på kontoret",
    r"(?:på semester|bortrest|ej inne|tjänstledig|föräldraledig)",
    # Finnish, Estonian, Latvian, Lithuanian, Hungarian
    r"poissa(?: toimistosta)?|(?:olen )?lomalla",
    r"kontorist (?:väljas|eemal)|puhkusel|(?:esmu )?(?:prombūtn[eē]|ārpus biroja|atvaļinājumā)",
    r"ne biure|(?:esu )?atostogose|házon kívül|irodán kívül|távollét(?:i értesítés)?|szabadságon",
    # Polish, Czech, Slovak, Slovenian, Croatian
    r"poza biurem|nieobecno[sś][cć](?: w biurze)?|(?:jestem )?(?:nieobecn[ya]|na urlopie)",
    r"mimo kancelar(?:ie)?|nepřítomnost|neprítomnosť|(?:jsem )?na dovolen(?:é|ke)|dovolen[aá]",
    r"odsoten|odsotna|odsotnost|na dopustu|izven pisarne|odsut(?:nost|an|na)|(?:izvan ureda|van kancelarije)",
    # Russian, Ukrainian, Bulgarian, Greek, Turkish
    r"(?:нет|отсутствую) на (?:рабочем )?месте|(?:вне|нет в) офис[аe]|(?:я )?в отпуске|отсутствие",
    r"відсутн(?:ій|я|ість)|у відпустці|(?:не в|поза) офіс(?:і|ом)|извън офиса|отсъствие|отсъствам|"
    r"в отпуск",
    r"εκτός γραφείου|απουσί(?:α|αζω)|σε άδεια",
    r"ofis dışı(?:nda(?:yım)?)?|ofiste değilim|izindeyim|yıllık izin(?:deyim)?",
    # Vietnamese, Indonesian, Hebrew, Arabic
    r"(?:đang )?vắng mặt|nghỉ phép|(?:di luar|tidak di) kantor|sedang cuti",
    r"מחוץ למשרד|לא נמצאת? במשרד|בחופשה|خارج المكتب|في (?:إجازة|اجازة)",
)
ABSENT_UNSPACED = (
    r"(?:不在|外出|休暇|出張)中?(?:です|の(?:ため|為))?",
    r"(?:我?(?:正在|在)?)?(?:休假|外出)中?",
    r"不在(?:办公室|辦公室)",
    r"(?:부재|휴가) ?중?",
    r"ไม่อยู่(?:ที่)?(?:สำนักงาน|ทำงาน|ออฟฟิศ)|ลาพักร้อน",
)

# "Absence notice": what programs call it.
NOTICE = (
    r"out[ -]of[ -](?:the[ -])?office[ -](?:auto-?)?(?:reply|response|message|notification|notice|alert|assistant)",
    r"(?:vacation|holiday|absence|away)[ -](?:auto-?)?(?:reply|notice|message|response|notification|responder)",
    r"abwesenheits-?(?:notiz|meldung|nachricht|benachrichtigung|mitteilung|assistent|info(?:rmation)?|hinweis|agent)",
    r"urlaubs(?:notiz|meldung|benachrichtigung)|(?:message|notification|avis) d'absence|mensaje de ausencia",
    r"messaggio di assenza|(?:aviso|mensagem) de (?:férias|ausência)|afwezigheids(?:bericht|melding|assistent|notitie)",
    r"vakantie(?:bericht|melding)|fraværs(?:besked|meddelelse|melding)|ferie(?:besked|melding)|frånvaromeddelande",
    r"semester(?:meddelande|svar)|poissaolo(?:viesti|ilmoitus)|loma(?:viesti|vastaaja)",
)
NOTICE_UNSPACED = (r"不在(?:通知|の?(?:お知らせ|ご?連絡))|(?:休假|外出)通知|부재 ?중? ?(?:알림|메시지|안내)",)

# The subject is a sentence of its own: "AUTO: Kim Berg is out of the office (returning 08/17/2026)".
ABSENT_SENTENCE = (
    r"auto: .{1,60} is (?:currently )?(?:out of|away from) the office",
    r"[^:?]{1,60} is (?:currently )?(?:out of|away from) (?:the )?office",
    r"[^:?]{1,60} (?:ist|est|è|está|is|jest|är|er|on) (?:nicht im büro|außer haus|abwesend|"
    r"absente?(?: du bureau)?|fuori "
    r"ufficio|assente|fuera de la oficina|ausente|afwezig|niet aanwezig|nieobecn[ya]|inte på kontoret|"
    r"ikke på kontoret)",
    r"(?:i am|i'm|i will be|am) (?:currently )?(?:out of (?:the )?office|away|on vacation|on leave|on holiday)",
    r"(?:ich bin|bin) (?:derzeit |zur ?zeit |aktuell |momentan |vom [^:]{1,30} )?(?:nicht im büro|im urlaub|"
    r"abwesend)",
)

# "We have received your mail": a program, or somebody who is very polite.
RECEIVED = (
    r"(?:thank you|thanks|many thanks) for (?:your |the )?(?:e-?mail|mail|message|enquiry|inquiry|query|interest|"
    r"request)",
    r"(?:thank you|thanks) for (?:contacting|getting in touch|writing|reaching out)",
    r"(?:we (?:have )?|we've )?received your (?:e-?mail|message|request|enquiry|inquiry)",
    r"your (?:e-?mail|message|request|enquiry|inquiry|case|ticket)(?: [^ ]{1,20})? (?:has been|"
    r"was) (?:received|created)",
    r"\[?(?:request|ticket|message|e-?mail|case) (?:received|created|opened|registered)",
    r"(?:confirmation|acknowledge?ment) of receipt|acknowledge?ment|receipt of your (?:e-?mail|message)",
    r"(?:eingangs|empfangs)bestätigung|ihre (?:anfrage|nachricht|e-?mail)(?: [^ ]{1,20})? (?:ist|wurde|bei|an)",
    r"(?:vielen |herzlichen |besten )?dank für (?:ihre|deine) (?:anfrage|nachricht|e-?mail|mitteilung)",
    r"accusé de réception|merci (?:pour|de) votre (?:message|e-?mail|mail|courriel|demande)|nous avons bien reçu",
    r"acuse de recibo|gracias por (?:contactar|su (?:mensaje|correo|consulta)|escribir)|hemos recibido su",
    r"conferma di (?:ricezione|ricevimento)|grazie per (?:averci contattato|il (?:suo|tuo) messaggio)",
    r"confirmação de (?:recebimento|recep?ção)|recebemos (?:a )?sua|obrigad[oa] (?:por|pelo) (?:seu|"
    r"entrar em) contat?o",
    r"ontvangst(?:bevestiging|melding)|bedankt voor (?:uw|je) (?:e-?mail|bericht|aanvraag|vraag|reactie)",
    r"ta[ck]?k for (?:din|deres) (?:henvendelse|e-?post|mail|e-?mail)|ta[ck]?k för (?:ditt|din|er) [a-z-]{3,20}",
    r"potwierdzenie (?:otrzymania|przyjęcia)|dzięku(?:jemy|ję) za (?:wiadomość|kontakt|e-?mail)",
    r"(?:ваше|ваш) (?:обращение|письмо|сообщение|запрос)[^:]{0,30} (?:получено|принято|зарегистрировано|"
    r"получен|принят)",
    r"спасибо за (?:ваше )?(?:обращение|письмо|сообщение)",
    r"potvrzení (?:o )?přijetí|visszaigazolás|vahvistus viestin|kiitos (?:viestistäsi|yhteydenotostasi)",
)
RECEIVED_UNSPACED = (
    r"お問い?合わ?せ(?:を)?(?:受け?付|ありがとう|いただき)|受付完了|受信確認",
    r"(?:已|已经|已經)收到(?:您|你)的(?:邮件|来信|郵件|來信)",
    r"문의가? ?접수",
)
