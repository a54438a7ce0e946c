"""Automatic answers that only their words tell from those of people, and people who use the same words."""

import pytest

from mailboxes.classifying.kinds import Classification, Kind
from mailboxes.classifying.table import classify
from mailboxes.parsing import parse

# The body of an answer, with no mark and no quotation.
AUTOMATIC = {
    "English": "Thank you for your message. I am out of the office until 3 August with limited access to e-mail.",
    "English, acknowledged": "We have received your enquiry and will answer as soon as possible.",
    "English, left": "Bo Dahl has left the company. This mailbox is no longer monitored.",
    "German": "Vielen Dank für Ihre Nachricht. Ich bin vom 27.7. bis 3.8. nicht im Büro.",
    "French": "Je suis en congés jusqu'au 3 août. En cas d'urgence, appelez Luc. Merci de votre message.",
    "Spanish": "Estoy fuera de la oficina hasta el 3 de agosto. Para asuntos urgentes llamen a Luz.",
    "Italian": "Sono fuori ufficio fino al 3 agosto. Per urgenze contattare Marco.",
    "Portuguese": "Estou fora do escritório até 3 de agosto. Para assuntos urgentes contacte o João.",
    "Dutch": "Ik ben afwezig tot 3 augustus. Voor dringende zaken kunt u bellen met Piet.",
    "Danish": "Tak for din mail. Jeg er på ferie og er tilbage 3. august. I hastende tilfælde ring til Ole.",
    "Swedish": "Tack för ditt mail. Jag har semester till 3 augusti. Vid brådskande ärenden kontakta Ola.",
    "Finnish": "Olen lomalla 3.8. asti. Kiireellisissä asioissa soita Matille.",
    "Polish": "Przebywam na urlopie do 3 sierpnia. W pilnych sprawach proszę dzwonić do Anny.",
    "Czech": "Jsem na dovolené do 3.8. V naléhavých případech volejte kolegu.",
    "Slovak": "Som na dovolenke do 3.8. V súrnych prípadoch volajte kolegu.",
    "Slovenian": "Trenutno sem odsoten do 3.8. V nujnih primerih pokličite kolega.",
    "Croatian": "Na godišnjem sam do 3.8. U hitnim slučajevima zovite kolegu.",
    "Hungarian": "Jelenleg szabadságon vagyok augusztus 3-ig. Sürgős esetben keresse kollégámat.",
    "Romanian": "Sunt în concediu până pe 3 august. Pentru urgențe contactați colegul meu.",
    "Russian": "Я в отпуске до 3 августа. По срочным вопросам звоните Анне.",
    "Ukrainian": "Я зараз у відпустці до 3 серпня. З термінових питань звертайтеся до колеги.",
    "Bulgarian": "В момента съм в отпуск до 3 август. За спешни въпроси пишете на колегата.",
    "Greek": "Απουσιάζω από το γραφείο έως 3 Αυγούστου. Για επείγοντα θέματα γράψτε στον συνάδελφο.",
    "Turkish": "3 Ağustos tarihine kadar yıllık izindeyim. Acil durumlarda lütfen arayın.",
    "Latvian": "Esmu atvaļinājumā līdz 3. augustam. Steidzamos gadījumos zvaniet kolēģim.",
    "Lithuanian": "Šiuo metu esu atostogose iki rugpjūčio 3 d. Skubiais atvejais rašykite kolegai.",
    "Estonian": "Olen puhkusel kuni 3. augustini. Kiireloomulistes küsimustes helistage kolleegile.",
    "Japanese": "現在休暇中です。8月3日より出社いたします。お急ぎの場合は山田までお願いします。",
    "Chinese": "我目前正在休假，8月3日返回。如有紧急事务，请联系王先生。",
    "Korean": "현재 휴가 중입니다. 8월 3일부터 정상 근무합니다. 급한 용무는 연락 바랍니다.",
    "Vietnamese": "Tôi đang nghỉ phép đến hết ngày 3 tháng 8. Nếu có việc gấp xin gọi đồng nghiệp.",
    "Indonesian": "Saya sedang cuti sampai 3 Agustus. Untuk hal mendesak hubungi rekan saya.",
    "Hebrew": "תודה על פנייתך. אני נמצא בחופשה עד 3 באוגוסט. במקרים דחופים נא לפנות לעמית.",
    "Arabic": "شكرا لرسالتك. أنا حاليا في إجازة حتى 3 أغسطس. للحالات العاجلة تواصل مع زميلي.",
}
OF_PEOPLE = {
    "short": "I'm out of the office until Monday, will look then. Ana",
    "by name": "Hello Kim, thanks for your mail. I am away this week; if it is urgent call Bo, I will reply on Monday.",
    "asking": "Thanks for your message. We have received your offer and like it. Could you send the contract?",
    "looking back": "Sorry for the late answer, I was out of the office. Tuesday is fine.",
    "about a colleague": "Hi, Bo has left the company and I took over. What do you need?",
    "polite": "Thank you very much for your message. I will get back to you as soon as I have read it.",
    "about tickets": "The ticket was created in the wrong queue, please move it to sales.",
    "in German": "Hallo Frau Berg, ich bin vom 3. bis 14. August im Urlaub. Bitte liefern Sie erst danach.",
    "in French": "Bonjour, je serai absent lundi, pouvons-nous décaler le rendez-vous ?",
    "in Italian": "Ciao Kim, sono in ferie la prossima settimana, sentiamoci dopo.",
}


@pytest.mark.parametrize("text", AUTOMATIC.values(), ids=AUTOMATIC)
def test_answer_in_the_words_of_programs_is_automatic(text: str) -> None:
    found = _answer(text)

    assert (found.kind, found.rule) == (Kind.AUTO_REPLY, "automatic.worded")
    assert found.original_message_id == "offer@harbor.example"


@pytest.mark.parametrize("text", OF_PEOPLE.values(), ids=OF_PEOPLE)
def test_answer_in_the_words_of_people_is_theirs(text: str) -> None:
    assert _answer(text).kind == Kind.REPLY


@pytest.mark.parametrize(
    "fields",
    [
        "Cc: bo@north.example",
        "List-Id: <sailors.north.example>",
        "Subject: Fwd: Halls",
        "Content-Type: text/calendar",
    ],
)
def test_programs_answer_nobody_but_the_sender(fields: str) -> None:
    text = "Thank you for your message. I am out of the office until 3 August. In urgent cases call Bo."

    assert _answer(text, fields=fields).kind != Kind.AUTO_REPLY


@pytest.mark.parametrize(
    "text",
    [
        "We received your request to reset your password. Please do not reply to this e-mail.",
        "Thank you for your order. We have received your request, your invoice is attached.",
        "Please confirm your address. This is an automated message, do not reply to this e-mail.",
    ],
)
def test_mail_of_shops_and_forms_is_no_answer(text: str) -> None:
    raw = (
        "From: noreply@north.example\nTo: kim@harbor.example\nSubject: Your account\nAuto-Submitted: auto-generated\n"
        f"X-Auto-Response-Suppress: All\n\n{text}\n"
    ).encode()

    assert classify(raw, parse(raw)).kind == Kind.NORMAL


def test_quotation_speaks_for_a_person() -> None:
    text = "I am out of the office until 3 August. In urgent cases call Bo."

    assert _answer(text).kind == Kind.AUTO_REPLY
    assert _answer(f"{text}\n\n> Please look at the offer.").kind == Kind.REPLY


def _answer(text: str, *, fields: str = "") -> Classification:
    first = f"{fields}\n" if fields else ""
    raw = (
        f"{first}From: Ana Lopes <ana@north.example>\nTo: Kim Berg <kim@harbor.example>\nSubject: Re: Halls\n"
        f"Date: Tue, 28 Jul 2026 09:00:00 +0000\nIn-Reply-To: <offer@harbor.example>\n\n{text}\n"
    ).encode()
    return classify(raw, parse(raw))
