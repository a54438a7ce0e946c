"""Sentences of automatic answers. Each table is one sign; how much it weighs, its rule says."""

# "I am out of the office": what somebody who is away has his program say.
ABSENT = (
    # English
    r"(?:i am|i'm|is|we are) (?:currently |presently |now |temporarily |still )?(?:out of|away from|not in) "
    r"(?:the |my |our )?(?:office|desk|work)",
    r"will not return until|i will be out of (?:the )?office (?:from|starting|beginning|until|and)",
    r"(?:i am|i'm) (?:currently |presently |now )?(?:on|taking) (?:annual|maternity|paternity|parental|sick|extended|"
    r"medical) leave",
    r"(?:you have|you've) (?:reached|contacted) me (?:while|during|when) i",
    r"(?:the|our) office (?:is|will be) closed (?:from|until|for|on|between)",
    r"currently unavailable until",
    # German
    r"(?:ich )?(?:bin|befinde mich) (?:ich )?(?:[^!?:]{0,60} )?(?:nicht im (?:büro|haus|hause)|außer haus|abwesend|"
    r"nicht (?:persönlich )?(?:erreichbar|anwesend)|nicht am arbeitsplatz|ausser haus)",
    r"unser büro ist [^.!?]{0,40} geschlossen|wir haben [^.!?]{0,40} betriebsferien",
    r"während meiner abwesenheit|in meiner abwesenheit",
    # French
    r"je suis (?:actuellement |présentement )?(?:absente?|en déplacement|hors du bureau|indisponible|en congé)",
    r"(?:pendant|durant|en) mon absence|je serai absente?",
    # Spanish
    r"(?:me encuentro|estoy|estaré|me encontraré) (?:actualmente )?(?:fuera de (?:la )?oficina|ausente|de baja)",
    r"durante mi ausencia",
    # Italian
    r"(?:sono|sarò) (?:attualmente |al momento )?(?:fuori (?:sede|ufficio|dall'ufficio)|assente|fuori per)",
    r"durante la mia assenza|in mia assenza",
    # Portuguese
    r"(?:estou|estarei|encontro-me) (?:atualmente |de momento )?(?:fora do escritório|ausente)|"
    r"durante a minha ausência",
    # Dutch
    r"(?:ik ben|momenteel ben ik|ben ik) (?:[^!?:]{0,50} )?(?:afwezig|niet aanwezig|niet op kantoor|"
    r"niet bereikbaar)",
    r"(?:tijdens|bij) mijn afwezigheid",
    # Danish, Norwegian, Swedish
    r"jeg er (?:[^!?:]{0,40} )?(?:ikke på kontoret|ute av kontoret|fraværende|ikke til stede|ikke til stede)",
    r"jag är (?:[^!?:]{0,40} )?(?:inte på kontoret|ej på kontoret|frånvarande|borta från kontoret|inte i tjänst)",
    r"i mit fravær|under mitt fravær|under min frånvaro",
    # Finnish, Estonian, Latvian, Lithuanian, Hungarian
    r"olen (?:[^!?:]{0,30} )?(?:poissa|[a-zäö]{0,8}lomalla)|en ole (?:paikalla|toimistolla|tavoitettavissa)",
    r"(?:viibin|olen) (?:[^!?:]{0,30} )?(?:puhkusel|kontorist)|(?:es )?(?:pašlaik )?(?:esmu|atrodos|"
    r"neesmu) (?:prombūt|atvaļin|biroj)",
    r"šiuo metu (?:esu|nesu)|esu atostogose|(?:jelenleg )?(?:szabadságon|házon kívül|irodán kívül|"
    r"távol) (?:vagyok|leszek)",
    # Polish, Czech, Slovak, Slovenian, Croatian
    r"(?:jestem|przebywam|będę) (?:obecnie |aktualnie )?(?:nieobecn|poza biurem|na urlopie|niedostępn)",
    r"(?:jsem|nejsem|budu|som|nie som) (?:momentálně |nyní |momentálne )?(?:mimo kancel|nepřítom|neprítom|"
    r"na dovolen|v kancel)",
    r"na (?:godišnjem|dopustu) (?:odmoru )?s(?:a|e)m|(?:trenutno )?(?:sem|nisem|nisam|"
    r"sam) (?:trenutno )?(?:odsot|odsut|na dopust|na godišnj|v pisarn|u uredu|"
    r"u kancelar)",
    # Romanian, Greek, Turkish
    r"(?:sunt|voi fi|mă aflu) (?:momentan )?(?:plecat|în afara biroului|în concediu|absent)",
    r"(?:βρίσκομαι|είμαι|απουσιάζω|θα απουσιάζω)(?: [^.!?]{0,30})? ?(?:εκτός γραφείου|σε άδεια|από το γραφείο)",
    r"(?:ofiste|büroda) (?:değilim|olmayacağım|bulunmuyorum)|(?:yıllık )?izin(?:deyim|de olacağım|li olduğum)",
    # Russian, Ukrainian, Bulgarian
    r"(?:я )?(?:сейчас |в настоящее время |временно )?(?:нахожусь в отпуске|отсутствую|в отпуске|нахожусь вне офиса)",
    r"меня (?:нет|не будет) (?:в офисе|на (?:рабочем )?месте)|во время моего отсутствия",
    r"(?:я )?(?:зараз |наразі )?(?:перебуваю у відпустці|у відпустці|відсутн)|в момента (?:отсъствам|съм)|"
    r"отсъствам от офиса",
    # Vietnamese, Indonesian, Hebrew, Arabic
    r"(?:tôi|mình) (?:hiện )?(?:đang |sẽ )?(?:vắng mặt|nghỉ phép|không có mặt)|saya (?:sedang |"
    r"saat ini )*(?:cuti|tidak di kantor|di luar kantor)",
    r"(?:אני|הנני) (?:כרגע )?(?:נמצאת? )?(?:מחוץ למשרד|בחופשה|לא נמצאת? במשרד)|(?:أنا|سأكون|"
    r"انا) (?:حاليا )?(?:خارج المكتب|في (?:إجازة|اجازة))",
)
ABSENT_UNSPACED = (
    r"(?:休暇|出張|夏季休業|年末年始休業|不在)(?:を(?:いただ|頂|取得)|の(?:ため|為)|と(?:させて|なり)|(?:で|に)?(?:して|し)(?:おり|てい)|中)",
    r"不在(?:に|と)(?:して|なり|させ)|席を外して",
    r"我(?:正在|目前|现在|現在|将|將|会|會|在)?[^。！？]{0,20}(?:休假|出差|不在办公室|不在辦公室|外出)|(?:不在|暂离|离开)(?:办公室|辦公室)",
    r"(?:휴가|출장|부재) ?(?:중|로 인해|입니다)|자리를 비",
    r"(?:ไม่อยู่|ลาพักร้อน|ลางาน|อยู่ระหว่างการลา|ไม่สามารถตอบ)",
)

# "I am on vacation": said by programs, and by people in passing.
ON_VACATION = (
    r"(?:i am|i'm|will be|i'll be|we are) (?:currently )?(?:on (?:vacation|holidays?|leave|pto|a business trip)|away|"
    r"travell?ing|out of (?:the )?office|unavailable|attending|ooo)",
    r"(?:bin|befinde) (?:ich |mich )?(?:[^!?:]{0,50} )?(?:im urlaub|verreist|in elternzeit|im mutterschutz|"
    r"erkrankt|auf reisen|unterwegs)",
    r"je suis (?:actuellement )?en (?:vacances|congés?)|estoy (?:actualmente )?de (?:vacaciones|viaje|permiso)",
    r"sono (?:attualmente )?in (?:ferie|vacanza|maternità)|estou (?:atualmente )?(?:de|em) (?:férias|licença|viagem)",
    r"ik ben (?:[^!?:]{0,50} )?(?:op|met) (?:vakantie|verlof)|jeg (?:er|"
    r"holder) (?:[^!?:]{0,40} )?(?:på )?(?:ferie|permisjon|barsel|orlov)",
    r"jag (?:är|har) (?:[^!?:]{0,40} )?(?:på )?(?:semester|föräldraledig|tjänstledig|sjukskriven|tjänsteresa)",
)

# "This is an automatic reply."
ROBOT = (
    r"this is (?:an? )?(?:auto(?:matic|mated|matically[ -]generated)?|"
    r"computer[ -]generated)[ -]?(?:e-?mail )?(?:reply|response|acknowledge?ment|answer|autoresponse|responder)",
    r"this (?:e-?mail |message |reply )?(?:is|was|has been) (?:an )?auto(?:matically|-)?[ -]?(?:generated|"
    r"sent)? ?(?:reply|response|in response)",
    r"(?:automatic|automated) (?:reply|response) (?:to (?:your|let|inform|confirm|acknowledge)|from|confirming)",
    r"auto-?(?:reply|response|responder) (?:message|from|to (?:your|let))",
    r"dies(?:e e-?mail|e nachricht)? ist eine automatisch(?:e| generierte| erstellte| erzeugte)? (?:antwort|"
    r"empfangsbestätigung|eingangsbestätigung|abwesenheit)",
    r"(?:automatisch (?:generierte|erstellte|erzeugte|versendete)|automatische) (?:antwort|eingangsbestätigung|"
    r"empfangsbestätigung|abwesenheits)",
    r"ceci est (?:une réponse|un message de réponse|un accusé de réception) automatique|"
    r"réponse (?:est )?(?:automatique|générée automatiquement)",
    r"(?:esta es una|este es un) (?:respuesta automática|mensaje automático de respuesta)|"
    r"respuesta (?:automática|generada automáticamente)",
    r"(?:questa è una )?risposta (?:automatica|generata automaticamente)|"
    r"(?:esta é uma )?resposta (?:automática|gerada automaticamente)",
    r"(?:dit is een )?automatisch(?:e|s)?(?: gegenereerd)? (?:antwoord|reactie|ontvangstbevestiging)",
    r"(?:dette er et |detta är ett |det här är ett )?(?:autosvar|automatisk(?:t)?(?: generert| genereret|"
    r" genererat)? svar)",
    r"(?:tämä on )?automaatti(?:nen )?vastaus|(?:to jest )?(?:automatyczna odpowiedź|odpowiedź automatyczna)",
    r"(?:toto je )?automatická odpove[dď]|(?:toto je )?automatická odpověď|(?:to je )?(?:samodejni|avtomatski|"
    r"automatski) odgovor",
    r"(?:это )?(?:автоматический ответ|автоответ)|(?:це )?автоматична відповідь|автоматичен отговор",
    r"automatikus (?:válasz|üzenet)|răspuns automat|αυτόματη απάντηση|otomatik (?:yanıt|cevap)|"
    r"automātiskā atbilde|automatinis atsakymas|automaatvastus",
    r"trả lời tự động|balasan otomatis|(?:תשובה|מענה) אוטומטית?|رد (?:تلقائي|آلي)",
)
ROBOT_UNSPACED = (
    r"自動(?:返信|応答|回覆|答覆|配信)|自动(?:回复|答复|应答)|자동 ?(?:회신|응답|답장)|ตอบกลับ(?:โดย)?อัตโนมัติ",
)

# "We have received your mail and will answer."
RECEIVED = (
    r"(?:we|i) (?:have )?(?:successfully |now )?received your (?:e-?mail|message|request|enquiry|inquiry|query|"
    r"correspondence|feedback|submission|support)",
    r"we've (?:now )?received your (?:e-?mail|message|request|enquiry|inquiry|query)",
    r"your (?:e-?mail|message|request|enquiry|inquiry|query|correspondence)(?: \([^)]{1,30}\)|"
    r" #?[^ ]{1,20})? (?:has been|was|is being) (?:received|forwarded|logged|registered|reviewed)",
    r"(?:acknowledge|confirm)(?:s|ing)? (?:the )?receipt of (?:your|this)",
    r"(?:ihre|deine) (?:e-?mail|nachricht|anfrage|mail|mitteilung) (?:ist (?:bei uns )?eingegangen|erhalten|"
    r"wurde|haben wir erhalten|wird)",
    r"(?:haben wir|wir haben) (?:ihre|deine) (?:e-?mail|nachricht|anfrage|mail) (?:erhalten|bekommen)|"
    r"eingang ihrer (?:e-?mail|nachricht|anfrage)",
    r"(?:nous avons|j'ai) bien (?:reçu|pris en compte) votre|votre (?:message|e-?mail|mail|courriel|"
    r"demande) a (?:bien )?été (?:reçu|pris|transmis|enregistré)",
    r"(?:hemos|he) recibido su (?:mensaje|correo|consulta|solicitud)|su (?:mensaje|correo|consulta|"
    r"solicitud) ha sido (?:recibid|registrad)",
    r"(?:abbiamo|ho) ricevuto (?:la (?:sua|tua|vostra)|il (?:suo|tuo)) (?:e-?mail|messaggio|richiesta|mail)",
    r"recebemos (?:o|a)? ?(?:seu|sua) (?:mensagem|e-?mail|contat?o|solicitação|pedido)",
    r"(?:wij|we) hebben (?:uw|je) (?:e-?mail|bericht|vraag|aanvraag|verzoek) (?:in goede orde )?ontvangen|"
    r"uw (?:e-?mail|bericht|vraag) is (?:in goede orde )?ontvangen",
    r"(?:vi har|jeg har|jag har) (?:modtaget|mottatt|mottagit|tagit emot|fått) (?:din|deres|ditt|er)",
    r"(?:otrzymaliśmy|otrzymałem|otrzymałam) (?:państwa|twoją|pana|pani)|(?:twoja|"
    r"państwa) wiadomość została (?:przyjęta|odebrana)",
    r"(?:мы получили|нами получено|получил[аи]?) ваше|ваше (?:письмо|обращение|сообщение) (?:получено|принято|"
    r"зарегистрировано|доставлено)",
    r"(?:olemme vastaanottaneet|viestisi on vastaanotettu)|(?:vaše|vaši) (?:zpráva|zprávu|správa|správu|"
    r"e-?mail) (?:byla?|jsme|bola?|sme) (?:přijat|obdrže|prijat|dostal)",
)
RECEIVED_UNSPACED = (
    r"お問い?合わ?せ(?:いただき|頂き|を(?:受け?付|承))|(?:メール|お問い?合わ?せ)を(?:受信|受付|受け付け|確かに)",
    r"(?:已|已经|已經)(?:收到|收悉)(?:您|你)?的?(?:邮件|来信|郵件|來信|信件|咨询)?|(?:邮件|来信|郵件|來信|信件)(?:我)?(?:已|已经|已經)?收(?:到|悉)",
    r"(?:메일|문의)(?:이|가|을|를)? ?(?:잘 )?(?:접수|수신|받았)",
)

# "A ticket has been created."
TICKET = (
    r"(?:a|your|the|new)? ?(?:support )?(?:ticket|case|incident)(?: \(?#?\[?[^ ]{1,24}\]?\)?)? (?:has been|was|"
    r"is) (?:created|opened|registered|logged|assigned|received|generated)",
    r"(?:your|the) (?:ticket|case|reference|tracking|request) (?:id|number|no\.?) (?:is|for)|(?:has been|"
    r"was) assigned (?:the )?(?:ticket|case|reference|id|number|an id)",
    r"ticket(?:-?nummer)? [^.!?]{0,30}(?:erstellt|eröffnet|angelegt|lautet)|(?:unter der|ihre) (?:ticket|"
    r"vorgangs|bearbeitungs)-?nummer",
    r"(?:un|votre) ticket [^.!?]{0,30}(?:a été|est) (?:créé|ouvert)|(?:se ha|ha sido) (?:creado|abierto) (?:un|"
    r"el|su) (?:ticket|caso)",
    r"(?:è stato|abbiamo) (?:aperto|creato) (?:un|il) ticket|(?:foi|um) (?:criado|aberto|"
    r"ticket)[^.!?]{0,30}(?:ticket|chamado|criado|aberto)",
    r"(?:er is een )?ticket [^.!?]{0,30}(?:aangemaakt|geregistreerd)|(?:обращению|заявке|заявка|"
    r"обращение)[^.!?]{0,30}(?:присвоен|зарегистрирован|создан)",
)

# "Nobody reads this mailbox."
UNATTENDED = (
    r"(?:this|the|my|that) (?:e-?mail )?(?:mail ?box|inbox|e-?mail (?:address|account|inbox)|address|"
    r"account)(?: [^ ]{1,80})? (?:is|has been|will be|was)(?: being| now| currently)? ?(?:no longer|not|un|de|"
    r"dis|closed|retired|changed)",
    r"(?:is|are) no longer (?:in use|monitored|active|valid|being (?:used|monitored|checked))|(?:not|"
    r"un)monitored (?:mail ?box|inbox|e-?mail|address|account)",
    r"(?:my|our) (?:new )?e-?mail address (?:has changed|is now|will change)|i (?:have )?(?:changed|"
    r"a new) e-?mail address",
    r"diese(?:s postfach| e-?mail-?adresse|r account)[^.!?]{0,40}(?:nicht (?:mehr|überwacht|gelesen|bearbeitet|"
    r"aktiv)|deaktiviert|ungültig)",
    r"cette (?:adresse|boîte)[^.!?]{0,50}n'est (?:plus|pas)|(?:esta|este) (?:dirección|cuenta|buzón|"
    r"correo)[^.!?]{0,40} (?:ya no|no (?:es|está|se))",
    r"(?:questo|questa) (?:indirizzo|casella)[^.!?]{0,40} non (?:è|viene)|este (?:e-?mail|"
    r"endereço)[^.!?]{0,40} (?:não|foi desativad)",
    r"dit (?:e-?mail)?(?:adres|postbus)[^.!?]{0,40}(?:niet (?:meer|gelezen|bewaakt))|(?:данный|этот) (?:адрес|"
    r"ящик)[^.!?]{0,40}(?:не |больше)",
)

# "She no longer works here."
LEFT = (
    r"(?:i|he|she|they|[^ .]{2,30}) (?:am|is|are)? ?(?:no longer|not longer) (?:with|working|works?|employed|"
    r"at|part of|an employee|associated)",
    r"(?:i|he|she|[^ .]{2,30}) (?:have|has|had) (?:now |recently )?left (?:the )?(?:company|organi[sz]ation|"
    r"firm|university|[A-Za-z]{3,20}\b)",
    r"(?:ist|bin|arbeitet|arbeite) (?:[^.!?]{0,40} )?nicht mehr (?:bei|für|im unternehmen|in unserem|tätig|"
    r"beschäftigt)|(?:hat|habe) (?:das|unser) (?:unternehmen|haus) verlassen",
    r"(?:ne (?:travaille|fait|fais) plus|n'est plus|a quitté|j'ai quitté) (?:chez|partie|dans|la société|"
    r"l'entreprise|à)",
    r"ya no (?:trabaja|trabajo|forma parte|labora|pertenece)|non (?:lavora|lavoro|fa) più (?:in|per|parte|"
    r"presso|qui)|não (?:trabalha|trabalho|faz) mais",
    r"(?:is|ben) niet (?:meer|langer) (?:werkzaam|in dienst)|werkt (?:hier )?niet meer|(?:slutat|"
    r"arbetar inte längre|har sluttet|arbejder ikke længere|jobber ikke lenger)",
    r"(?:nie pracuj[eę] już|już nie pracuj[eę]|больше не работа(?:ет|ю)|více nepracuj|už nepracuj|"
    r"ei ole enää töissä|nem dolgozik már)",
)

# "I will answer when I am back", "in urgent cases please write to …", "I can hardly read mail", "thank you for your
# mail": people say so as well.
LATER = (
    r"(?:will|shall|i'll|we'll|and) (?:reply|respond|answer|get back|be in touch|attend|read|contact|return|"
    r"be (?:dealt|answered|processed)|"
    r"deal|review)[^.!?]{0,60}(?:upon|when|once|after|on|as soon as|shortly|within|at the earliest|in due)",
    r"(?:upon|on|after) (?:my|our) return|when i (?:return|get back|am back)|(?:nach|bei) meiner (?:rückkehr|"
    r"wiederkehr)|sobald ich (?:wieder|zurück)",
    r"(?:schnellstmöglich|so schnell wie möglich|umgehend|baldmöglichst|in kürze|zeitnah|"
    r"schnellst möglich) [^.!?]{0,60}(?:beantwort|bearbeit|melde|antwort|zurück|kontakt)",
    r"(?:à|dès) mon retour|dans les (?:plus brefs|meilleurs) délais|a mi (?:regreso|vuelta)|(?:a la|lo antes|"
    r"lo más) (?:mayor|posible|pronto)",
    r"al mio (?:rientro|ritorno)|(?:il prima|al più presto|quanto prima)|no meu (?:regresso|retorno)|"
    r"(?:assim que|o mais breve|o mais rápido) possível",
    r"(?:na|bij|zodra) (?:mijn terugkomst|terugkomst|ik terug)|zo (?:snel|spoedig) mogelijk|når jeg er tilbage|"
    r"när jag är tillbaka|så (?:snart|fort|hurtigt) (?:som )?(?:mulig|möjlig|jag|jeg|vi)",
    r"po (?:powrocie|moim powrocie|návratu|vrnitvi|povratku)|jak najszybciej|co nejdříve|"
    r"после (?:моего )?возвращения|в ближайшее время|як найшвидше|palattuani|mahdollisimman pian",
)
RETURNS = (
    r"(?:will|i'll|we'll|shall) (?:be back|return)|returning (?:on|to)|back (?:on|in the office)|until (?:my|i) return",
    r"(?:bin ich |bin |sind wir )?(?:[^.!?]{0,20} )?wieder (?:erreichbar|im büro|für sie|da|zurück|"
    r"persönlich)|ab dem [^!?]{1,25} wieder",
    r"(?:serai|suis) de retour|mon retour|(?:vuelvo|volveré|regreso|regresaré|me reincorpor)|(?:rientro|"
    r"rientrerò|torno|tornerò)",
    r"(?:regresso|regressarei|volto|voltarei|retorno) |weer (?:aanwezig|bereikbaar|op kantoor)|(?:er|jeg er|"
    r"är|åter) (?:tilbage|tilbake|tillbaka)",
    r"(?:wracam|wrócę|będę dostępn|vrátím se|vrnem se|вернусь|выйду на работу|повернусь|palaan)",
)
NOT_TO_BE_ANSWERED = (
    r"(?:please )?(?:do not|don't) (?:reply|respond) to this|bitte (?:antworten sie )?nicht auf diese|"
    r"ne pas répondre à ce",
    r"no responda a est|non rispondere a quest|não responda a est|(?:gelieve )?niet (?:te )?(?:antwoorden|"
    r"reageren) op di",
)
LATER_UNSPACED = (
    r"(?:尽快|儘快|盡快|稍后|稍後|及时)(?:给|給|与|與|回|答|处|處|聯|联)|(?:追って|改めて|折り返し|後日)(?:ご)?(?:連絡|返信|回答)",
    r"(?:빠른|곧|최대한).{0,8}(?:답변|회신|연락)",
)
URGENT = (
    r"(?:contact|call|write to|e-?mail|reach) [^!?]{0,60} (?:in (?:urgent|emergenc|case)|for urgent|"
    r"if (?:it is |it's )?urgent)",
    r"(?:urgent|immediate|emergenc|pressing|time[ -]sensitive|in my absence|in the meantime|"
    r"meanwhile)[^!?]{0,120}(?:contact|call|e-?mail|reach|phone|write|text|please|ask|see|visit)",
    r"(?:for|if you (?:need|require|have)) (?:any )?(?:immediate|urgent|further|other) (?:assistance|matters?|"
    r"help|support|attention|issues?|enquir|inquir)",
    r"(?:in )?dringende[nr]? (?:fällen|angelegenheiten|anliegen|fragen)|bei dringenden|(?:meine|"
    r"die) vertretung|(?:wenden sie sich|kontaktieren sie) (?:bitte )?(?:an|meine)",
    r"(?:en cas d'urgence|pour toute (?:urgence|demande urgente|question urgente)|vous pouvez contacter)",
    r"(?:en caso de (?:urgencia|emergencia)|para (?:asuntos|cualquier|temas) urgent)|(?:per (?:urgenze|"
    r"questioni urgenti|comunicazioni urgenti)|in caso di (?:urgenza|necessità))",
    r"(?:em caso de urgência|para assuntos urgentes)|(?:bij (?:spoed|dringende)|voor (?:dringende|urgente|"
    r"spoedeisende)|in (?:dringende|urgente) gevallen)",
    r"(?:i (?:hastende|presserende) tilfælde|ved hastesager|haster|vid brådskande|i brådskande|kiireellis|kiireisi)",
    r"(?:w (?:pilnych|nagłych)|[uv] (?:naléhavých|súrnych|nujnih|hitnim)|по срочным|в срочных|в экстренных|"
    r"терміново|термінових|sürgős|urgențe|acil)",
    r"(?:steidzam|skubiai|skubiu|kiireloomuli|kiiret|επείγ|khẩn cấp|việc gấp|mendesak|urgen|спешни|דחופ|דחוף|العاجل)",
)
URGENT_UNSPACED = (
    r"(?:お急ぎ|緊急|至急)の(?:場合|方|際|ご用)|"
    r"(?:如有|若有|如需|緊急|紧急)[^。]{0,12}(?:请|請)|급한 ?(?:용무|일|경우)",
)
LITTLE_ACCESS = (
    r"(?:limited|no|intermittent|sporadic|little|without|restricted|infrequent|minimal) (?:or no )?(?:access|"
    r"connectivity|internet)|(?:not|unable to|cannot|can't) (?:be )?(?:check|access|read|"
    r"monitor)(?:ing)? (?:my )?(?:e-?mail|mail|messages)",
    r"(?:keinen|nur eingeschränkt(?:en)?|eingeschränkten) (?:zugriff|zugang)|(?:e-?mails?|"
    r"nachrichten?) (?:wird|werden) (?:nicht|auch nicht|in dieser zeit|während)[^.!?]{0,40}(?:gelesen|"
    r"weitergeleitet|bearbeitet)?",
    r"(?:pas|peu) accès à m(?:es|a) (?:e-?mails?|mails|messagerie)|sin acceso|acceso limitado|non (?:ho|"
    r"avrò) accesso|sem acesso|acesso limitado",
    r"geen toegang|beperkt(?:e)? (?:toegang|bereikbaar)|begrenset|begrænset adgang|begränsad|"
    r"ograniczony dostęp|omezený přístup|ограничен(?:ный)? доступ",
)
THANKS = (
    r"(?:thank you|thanks|thank-you|many thanks|thankyou) (?:very much |so much )?for (?:your |the |"
    r"you )?(?:recent )?(?:e-?mail|message|mail|enquiry|inquiry|query|request|interest|note|contacting|writing|"
    r"getting in touch|reaching out|correspondence|taking the time)",
    r"(?:vielen |herzlichen |besten |lieben )?dank für (?:ihre|deine|die) (?:e-?mail|nachricht|anfrage|mail|"
    r"mitteilung|kontaktaufnahme)",
    r"merci (?:pour|de) (?:votre|ton) (?:message|e-?mail|mail|courriel|demande)|(?:muchas )?gracias por (?:su|"
    r"tu|contactar|ponerse|escribir)",
    r"grazie per (?:il (?:suo|tuo|vostro)|la (?:sua|tua|vostra)|averci|avermi)|obrigad[oa] (?:por|"
    r"pel[oa]) (?:sua|seu|contat?o|mensagem|entrar)",
    r"(?:hartelijk )?(?:bedankt|dank) voor (?:uw|je|jouw|het) (?:e-?mail|bericht|mail|reactie|vraag|aanvraag)|"
    r"ta[ck]?k f(?:or|ör) (?:din|ditt|er|deres|mailen|ert)",
    r"dzięku(?:ję|jemy) za (?:wiadomość|e-?mail|kontakt|przesłan)|děku(?:ji|jeme) za (?:vaš|váš|zprávu|"
    r"e-?mail)|ďakuje(?:m|me) za|hvala (?:vam )?(?:za|na) (?:vaš|vas|sporoč|poruk|e-?pošt|poslan)",
    r"(?:спасибо|благодарю|благодарим) (?:вас )?за (?:ваше |ваш[еу] )?(?:письмо|сообщение|обращение)|дякую за|"
    r"kiitos (?:viestistäsi|sähköpostistasi|yhteydenotosta)|köszön(?:öm|jük)|mulțum(?:esc|im) pentru|teşekkür",
    r"(?:paldies par|ačiū už|dėkoj|täna(?:me|n) |ευχαριστ|cảm ơn|terima kasih|благодар|תודה (?:על|שפנ)|شكرا)",
)
THANKS_UNSPACED = (
    r"(?:メール|ご連絡|お問い?合わ?せ)(?:を)?(?:いただき|頂き|くださり|ありがとう|有難う)|感谢(?:您|你)的?(?:邮件|来信|联系)|感謝(?:您|你)的?(?:郵件|來信|聯繫)|"
    r"(?:메일|문의).{0,8}감사",
)

# What shops and sign-up forms write about: their mail was not called for by another mail.
TRANSACTION = (
    r"password|passcode|verification code|verify your|confirm your|activate your|sign(?:ed)? up|your (?:order|"
    r"purchase|booking)|"
    r"invoice|payment|has (?:been )?shipped|tracking number",
    r"passwor[td]|kennwort|bestätigungscode|(?:ihre|deine) (?:bestellung|buchung)|rechnung|zahlung",
    r"mot de passe|votre commande|facture|contraseña|su pedido|factura|la tua ordinazione|il suo ordine|fattura|"
    r"senha|seu pedido|wachtwoord|uw bestelling|factuur|hasło|zamówieni|парол|ваш заказ",
)
