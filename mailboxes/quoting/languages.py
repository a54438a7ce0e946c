"""The words by which mail clients introduce a quotation, in the languages that people write in.

In each table English stands first; the others follow by family: Germanic, Romance, Finnic and Hungarian, Slavic and
Baltic, then the rest. A word that several languages share stands once.
"""


def _phrases(table: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for line in table.strip().split("\n") for phrase in line.split("|") if phrase.strip())


# The verb of "On … wrote:".
WROTE = _phrases("""
    wrote | writes | said | says | sent | schrieb | schreibt | schrieben Sie | geschrieben | schreef | schrijft
    skrev | skreiv | skriver | skrifaði | a écrit | a ecrit | écrit | écrivait | nous a dit | a envoyé
    escribió | escribio | escribía | ha escrito | ha scritto | scrive | scriveva | escreveu | va escriure
    ha escrit | Missatge de | a scris | kirjoitti | kirjutas | írta | írt | napisał | napisała | napisał(a)
    pisze | napsal | napsala | napsal(a) | píše | napísal | napísala | napísal(a) | napisal | napisala | napisao
    piše | je napisao/la | написал | написала | написал(а) | писал | писал(а) | пишет | написав | написав(ла)
    пише | написа | написао | rakstīja | rašė | έγραψε | έγραψαν | yazdı | şunu yazdı | şunları yazdı | yazmış
    đã viết | viết | menulis | เขียน | เขียนว่า | כתב | כתבה | כתב/ה | كتب | كتبت | نوشت
""")
# Verbs of scripts that put no space around words.
WROTE_UNSPACED = _phrases("""
    写道 | 寫道 | 撰写 | 撰寫 | 书写 | 来信 | 書きました | 書いた | のメール | のメッセージ | からのメール
    작성 | 썼습니다 | 님이 씀 | 보낸 메일 | เขียนว่า | เขียน:
""")
# What stands before the date.
ON = _phrases("""
    On | At | In message | In article | Am | Op | Den | På | Kl. | Þann | Le | El | El día | Il | Il giorno
    In data | Em | No dia | A | Pe | În data de | La data de | El dia | W dniu | Dnia | Dňa | Dne | Dana
    On Mon | В | На | Дня | Kuupäeval | Στις | Την | Tarihinde | Vào | Vào lúc | Lúc | Pada | เมื่อ | ใน | ב-
    בתאריך | ב | في | بتاريخ | در | 在 | 于 | 於
""")
POSTED_BY = _phrases("""
    Posted by
""")
# Before the name alone, as webmail programs on servers have it.
QUOTING = _phrases("""
    Quoting | Zitat von | Citando a | Citando | Citat från | Citat af | Citation de | Цитирование
""")

# The labels of a repeated header, by what they mean.
HEADER_LABELS = {
    "from": _phrases("""
        From | Sender | Sent by | Von | Absender | Van | Afzender | Från | Fra | Avsender | Frá | De
        Expéditeur | Remitente | Da | Mittente | De la | Expeditor | Remetente | Lähettäjä | Saatja | Kellelt
        Feladó | Od | Nadawca | Odesílatel | Odesilatel | Odosielateľ | Pošiljatelj | Šalje | Pošilja | От
        От кого | Отправитель | Від | Від кого | Відправник | Подател | Nuo | No | Siuntėjas | Από | Kimden
        Gönderen | Từ | Người gửi | Dari | Pengirim | จาก | מאת | من | از | 差出人 | 送信者 | 送信元 | 发件人
        發件人 | 寄件人 | 寄件者 | 보낸 사람 | 보낸사람 | 발신
    """),
    "date": _phrases("""
        Sent | Date | Sent on | Sent at | Sent date | Date sent | Received | Gesendet | Gesendet am | Datum
        Verzonden | Verzonden op | Verstuurd | Skickat | Sendt | Dato | Skickat den | Message du
        Message envoyé le | Dags | Erhalten | Gesendet um | Envoyé | Envoyé le | Envoyée | Enviado
        Enviado el | Enviado em | Enviada | Enviada em | Enviados | Fecha | Inviato | Inviato il | Data
        Data e ora | Enviat | Enviat el | Trimis | Trimisă | Data di invio | Lähetetty | Päiväys | Päivämäärä
        Aika | Saadetud | Kuupäev | Elküldve | Küldve | Dátum | Időpont | Wysłano | Wysłane | Wysłany
        Data wysłania | Odesláno | Odoslané | Poslano | Poslané | Datum slanja | Отправлено | Дата
        Дата отправки | Послано | Надіслано | Изпратено | Išsiųsta | Nosūtīts | Datums | Στάλθηκε | Ημερομηνία
        Απεστάλη | Gönderildi | Gönderilme | Gönderme Tarihi | Tarih | Đã gửi | Ngày | Ngày gửi | Dikirim
        Terkirim | Tanggal | ส่งเมื่อ | ส่ง | วันที่ | נשלח | תאריך | تم الإرسال | التاريخ | تاريخ الإرسال
        送信日時 | 日時 | 日付 | 送信日 | 发送时间 | 發送時間 | 寄件日期 | 傳送時間 | 日期 | 发送日期 | 时间
        보낸 날짜 | 보낸날짜 | 날짜 | 보낸 시간 | 일시
    """),
    "to": _phrases("""
        To | An | Empfänger | Aan | Ontvanger | Till | Til | Mottaker | À | A | Pour | Destinataire
        Destinataires | Para | Destinatario | Destinatário | Către | Catre | Per | Per a | Vastaanottaja
        Kellele | Saaja | Címzett | Do | Komu | Adresát | Prima | Za | Kam | Кому | Получатель | До | Προς
        Kime | Alıcı | Đến | Tới | Người nhận | Kepada | Ke | ถึง | אל | إلى | الى | به | 宛先 | 收件人 | 收件者
        收件 | 받는 사람 | 받는사람 | 수신
    """),
    "cc": _phrases("""
        Cc | Bcc | Reply-To | Reply To | Importance | Priority | Attachments | Sent by | Please respond to
        Kopie | Kopie an | Antwort an | Antwoord aan | Kopia | Kopi | Svara till | Wichtigkeit | Anlagen | Copie
        Copie à | Répondre à | Cc. | C.c. | Copia | CCO | Cci | Responder a | Rispondi a | Copie carbon | Kopio
        Másolatot kap | DW | UDW | Odpowiedz-Do | Kópia | Копия | Копія | Κοιν. | Κοινοποίηση | Bilgi | 抄送
        副本 | 참조 | עותק | نسخة | สำเนา | Tembusan | Organization | Organisation | Mailed-by
    """),
    "subject": _phrases("""
        Subject | Betreff | Betrifft | Onderwerp | Ämne | Emne | Efni | Objet | Sujet | Asunto | Oggetto
        Assunto | Subiect | Assumpte | Aihe | Otsikko | Teema | Tárgy | Temat | Předmět | Predmet | Naslov
        Zadeva | Тема | Предмет | Относно | Tema | Temats | Tēma | Θέμα | Konu | Tiêu đề | Chủ đề | Subjek
        Perihal | Judul | เรื่อง | หัวเรื่อง | נושא | الموضوع | موضوع | 件名 | 主题 | 主題 | 主旨 | 제목
    """),
}

# The title between two rows of dashes above a quoted message.
ORIGINAL_MESSAGE = _phrases("""
    Original Message | Original Mail | Original E-mail | Original Email | Original Appointment | Reply Message
    Reply Above | Message from sender | Previous message | Reply message | Ursprüngliche Nachricht
    Ursprüngliche Mail | Ursprüngliche E-Mail | Originalnachricht | Original-Nachricht | Antwort Nachricht
    Originalmail | Urspr. Nachricht | Ursprünglicher Termin | Oorspronkelijk bericht | Origineel bericht
    Oorspronkelijke bericht | Oprindelig meddelelse | Original meddelelse | Oprindelig besked | Originalt besked
    Den oprindelige meddelelse | Opprinnelig melding | Original melding | Ursprungligt meddelande
    Originalmeddelande | Originalt meddelande | Ursprungsmeddelande | Message d'origine | Message original
    Message initial | Message d’origine | Mail original | E-mail d'origine | Mensaje original | Mensaje inicial
    Messaggio originale | Messaggio Originario | Mensagem original | Missatge original | Mesaj original
    Mesajul original | Alkuperäinen viesti | Alkuperäinen sanoma | Algkiri | Algne kiri | Eredeti üzenet
    Eredeti levél | Wiadomość oryginalna | Oryginalna wiadomość | Treść oryginalnej wiadomości | Původní zpráva
    Pôvodná správa | Původní e-mail | Originalna poruka | Izvorna poruka | Izvirno sporočilo
    Originalno sporočilo | Исходное сообщение | Оригинальное сообщение | Первоначальное сообщение
    Оригинал письма | Початкове повідомлення | Оригінальне повідомлення | Вихідне повідомлення
    Оригинално съобщение | Originalus laiškas | Oriģinālā ziņa | Pradinis laiškas | Sākotnējais ziņojums
    Αρχικό μήνυμα | Orijinal Mesaj | Orijinal ileti | Özgün İleti | Thư gốc | Tin nhắn gốc | Pesan asli
    Pesan Asal | ข้อความต้นฉบับ | ข้อความเดิม | הודעה מקורית | ההודעה המקורית | الرسالة الأصلية | رسالة أصلية
    پیام اصلی | 元のメッセージ | 元のメール | オリジナルメッセージ | 原始邮件 | 原始郵件 | 原邮件 | 原郵件
    邮件原件 | 原始邮件内容 | 原始信件 | 원본 메시지 | 원본 메일 | 원본메일 | 원본 이메일 | 원본 내용
""")
FORWARDED_MESSAGE = _phrases("""
    Forwarded message | Forwarded by | Forwarded mail | Forward message | Begin forwarded message
    Weitergeleitete Nachricht | Weitergeleitete Mail | Anfang der weitergeleiteten Nachricht
    Anfang der weitergeleiteten E-Mail | Doorgestuurd bericht | Begin doorgestuurd bericht
    Videresendt meddelelse | Videresendt besked | Begynd videresendt meddelelse | Start på videresendt besked
    Videresendt melding | Begynnelse på videresendt melding | Vidarebefordrat meddelande | Vidarebefordrat brev
    Börja vidarebefordrat meddelande | Message transféré | Début du message transféré
    Début du message réexpédié | Message réexpédié | Mensaje reenviado | Inicio del mensaje reenviado
    Messaggio inoltrato | Inizio messaggio inoltrato | Mensagem encaminhada | Mensagem reenviada
    Início da mensagem encaminhada | Início da mensagem reencaminhada | Missatge reenviat | Mesaj redirecționat
    Mesaj redirectionat | Välitetty viesti | Edelleenlähetetty viesti | Välitetty viesti alkaa | Edastatud kiri
    Továbbított üzenet | Továbbított levél | Wiadomość przekazana dalej | Przekazana wiadomość
    Początek przekazywanej wiadomości | Přeposlaná zpráva | Začátek přeposílané zprávy | Preposlaná správa
    Proslijeđena poruka | Posredovano sporočilo | Пересылаемое сообщение | Пересланное сообщение
    Перенаправленное сообщение | Начало переадресованного сообщения | Переслане повідомлення
    Переадресоване повідомлення | Препратено съобщение | Persiųstas laiškas | Pārsūtītā ziņa | Προωθημένο μήνυμα
    Yönlendirilmiş ileti | İletilmiş mesaj | Yönlendirilen ileti | Thư chuyển tiếp | Tin nhắn đã chuyển tiếp
    Pesan terusan | ข้อความที่ส่งต่อ | הודעה שהועברה | رسالة مُعاد توجيهها | رسالة معاد توجيهها
    転送されたメッセージ | 転送メッセージ | 转发的邮件 | 已转发邮件 | 轉寄的郵件 | 转发邮件信息 | 轉寄郵件
    전달된 메시지 | 전달된 메일
""")
# What help desks put at the top of their mails.
REPLY_ABOVE = _phrases("""
    reply above this line | reply above the line | reply above this text | reply above | type your reply above
    write your reply above | respond above this line | add your reply above | write above this line
    replies above this line | reply on top of this line | do not write below this line | enter your reply above
    Antwort oberhalb dieser Zeile | Antwort über dieser Zeile | oberhalb dieser Linie
    über dieser Linie antworten | oberhalb dieser Zeile | über diese Zeile | antwoord boven deze regel
    boven deze regel | boven deze lijn | réponse au-dessus de cette ligne | au-dessus de cette ligne
    respuesta por encima de esta línea | por encima de esta línea | encima de esta línea | sopra questa riga
    sopra questa linea | acima desta linha | ovanför den här raden | ovanför denna rad | over denne linje
    over denne linjen | tämän rivin yläpuolelle | powyżej tej linii | nad tímto řádkem | nad tento riadok
    e fölé a sor fölé | выше этой линии | выше этой строки | вище цієї лінії | bu satırın üstüne
    deasupra acestei linii | この行より上に | 请在此线上方回复 | 이 줄 위에
""")

# What telephones and programs add below a mail: whole lines. `…` stands for the name of the device or program.
SENT_FROM = _phrases("""
    Sent from … | Sent via … | Sent with … | Sent by … | Sent using … | Get Outlook for … | Get … for mobile
    Sent on the go with … | Sent through … | Download … for mobile | Composed on … | Typed on …
    Von meinem … gesendet | Von meiner … gesendet | Von … gesendet | Gesendet von … | Gesendet mit …
    Gesendet über … | Gesendet aus … | Diese Nachricht wurde von … gesendet | Diese E-Mail wurde von … gesendet
    Diese Nachricht wurde mit … gesendet | Mit … gesendet | Outlook für … beziehen
    Holen Sie sich Outlook für … | Holen Sie sich die Outlook-App für … | Hol dir Outlook für …
    Outlook für … herunterladen | Verzonden vanaf … | Verstuurd vanaf … | Verzonden met … | Verzonden via …
    Verstuurd met … | Verstuurd via … | Outlook voor … downloaden | Outlook voor … ophalen
    Download Outlook voor … | Outlook downloaden voor … | Sendt fra … | Sendt via … | Sendt med … | Send fra …
    Hent Outlook til … | Få Outlook for … | Skickat från … | Skickat med … | Skickades från … | Skickat via …
    Hämta Outlook för … | Skaffa Outlook för … | Från min … | Sendt frá … | Envoyé de mon … | Envoyé depuis …
    Envoyé à partir d… | Envoyé par … | Envoyé avec … | Envoyé via … | Envoyé de … | Obtenir Outlook pour …
    Télécharger Outlook pour … | Obtenez Outlook pour … | Enviado desde … | Enviado con … | Enviado por …
    Enviado de … | Enviado do … | Enviado a partir … | Enviado via … | Enviado pelo … | Obtener Outlook para …
    Obter o Outlook para … | Obter Outlook para … | Descargar Outlook para … | Consiga Outlook para …
    Baixar o Outlook para … | Inviato da … | Inviato con … | Inviato dal … | Inviato tramite …
    Ottieni Outlook per … | Scarica Outlook per … | Enviat des de … | Enviat amb … | Trimis de pe …
    Trimis din … | Trimis cu … | Obțineți Outlook pentru … | Lähetetty … | Hanki Outlook for … | Saadetud minu …
    Elküldve a … | Küldve a … | Az Outlook … letöltése | Elküldve az … | … eszközömről küldve | Wysłane z …
    Wysłano z … | Wysłane za pomocą … | Pobierz aplikację Outlook dla … | Uzyskaj Outlook dla …
    Pobierz program Outlook dla … | Odesláno z … | Odesláno pomocí … | Získejte Outlook pro …
    Stáhnout Outlook pro … | Odoslané z … | Odoslané pomocou … | Získať Outlook pre … | Poslano s …
    Poslano z … | Poslano iz … | Отправлено с … | Отправлено из … | Отправлено через … | Послано с …
    Скачать Outlook для … | Надіслано з … | Відправлено з … | Надіслано від … | Изпратено от … | Išsiųsta iš …
    Nosūtīts no … | Siųsta iš … | Στάλθηκε από … | Εστάλη από … | Αποστολή από … | Λήψη του Outlook για …
    … gönderildi | … gönderilmiştir | Outlook for … edinin | Outlook’u edinin … | Đã gửi từ … | Được gửi từ …
    Gửi từ … | Tải Outlook cho … | Dikirim dari … | Dapatkan Outlook untuk … | ส่งจาก … | נשלח מ…
    נשלח באמצעות … | أُرسلت من … | أرسلت من … | تم الإرسال من … | مرسل من … | ارسال شده از … | … から送信
    …から送信 | …から送信されました | …を入手 | 发自我的… | 发自 … | 从我的 … 发送 | 從我的 … 傳送 | 从我的…发送
    從我的…傳送 | 來自我的… | 发送自 … | 获取 Outlook for … | 取得 …版 Outlook | 取得適用於 … 的 Outlook
    获取…版 Outlook | 나의 …에서 보냄 | 나의 …에서 보낸 | 내 …에서 보냄 | …에서 보냄 | …에서 보냈습니다
    … 용 Outlook 받기
""")

# What a line that only greets begins with.
GREETINGS = _phrases("""
    Hi | Hello | Hey | Dear | Good morning | Good afternoon | Good evening | Greetings | Hallo | Guten Tag
    Guten Morgen | Guten Abend | Liebe | Lieber | Sehr geehrte | Sehr geehrter | Moin | Servus | Beste | Geachte
    Hej | Hei | Kära | Kjære | Kære | Goddag | Bonjour | Bonsoir | Salut | Cher | Chère | Hola | Buenos días
    Buenas tardes | Estimado | Estimada | Ciao | Buongiorno | Salve | Gentile | Olá | Oi | Bom dia | Boa tarde
    Prezado | Prezada | Bună | Bună ziua | Tere | Szia | Kedves | Tisztelt | Cześć | Dzień dobry | Witam
    Szanowny | Dobrý den | Ahoj | Dobrý deň | Pozdravljeni | Bok | Poštovani | Здравствуйте | Привет
    Добрый день | Доброго дня | Вітаю | Здравейте | Sveiki | Laba diena | Labdien | Γεια | Καλημέρα | Merhaba
    Selam | Chào | Halo | สวัสดี | שלום | مرحبا | السلام عليكم | 您好 | 你好 | 안녕하세요
""")
