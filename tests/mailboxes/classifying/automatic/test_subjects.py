"""Subjects of automatic answers in many languages, and those of people that begin in the same way."""

import pytest

from mailboxes.classifying.automatic.subjects import Form, read_subject

AUTOMATIC = {
    "English": "Automatic reply: Offer",
    "English, one word": "Autoreply: Offer",
    "English, response": "Auto-Response: Offer",
    "English, absent": "Out of Office AutoReply: Offer",
    "German": "Automatische Antwort: Angebot",
    "German, notice": "Abwesenheitsnotiz: Angebot",
    "French": "Réponse automatique : Devis",
    "French without accents": "Reponse automatique: Devis",
    "Spanish": "Respuesta automática: Oferta",
    "Italian": "Risposta automatica: Offerta",
    "Portuguese": "Resposta automática: Proposta",
    "Dutch": "Automatisch antwoord: Offerte",
    "Danish and Norwegian": "Autosvar: Tilbud",
    "Norwegian": "Automatisk svar: Tilbud",
    "Swedish": "Automatiskt svar: Offert",
    "Finnish": "Automaattinen vastaus: Tarjous",
    "Polish": "Odpowiedź automatyczna: Oferta",
    "Polish, in brackets": "[Automatyczna odpowiedź] Oferta",
    "Czech": "Automatická odpověď: Nabídka",
    "Slovak": "Automatická odpoveď: Ponuka",
    "Slovenian": "Samodejni odgovor: Ponudba",
    "Croatian": "Automatski odgovor: Ponuda",
    "Hungarian": "Automatikus válasz: Ajánlat",
    "Romanian": "Răspuns automat: Ofertă",
    "Russian": "Автоответ: Предложение",
    "Russian, long": "Автоматический ответ: Предложение",
    "Ukrainian": "Автоматична відповідь: Пропозиція",
    "Bulgarian": "Автоматичен отговор: Оферта",
    "Greek": "Αυτόματη απάντηση: Προσφορά",
    "Turkish": "Otomatik yanıt: Teklif",
    "Japanese": "自動返信: お見積り",
    "Japanese, Outlook": "自動応答: お見積り",
    "Chinese": "自动答复: 报价",
    "Chinese, full-width colon": "自动回复：报价",
    "Chinese, traditional": "自動回覆: 報價",
    "Korean": "자동 회신: 견적",
    "Latvian": "Automātiskā atbilde: Piedāvājums",
    "Lithuanian": "Automatinis atsakymas: Pasiūlymas",
    "Estonian": "Automaatvastus: Pakkumine",
    "Vietnamese": "Trả lời tự động: Báo giá",
    "Thai": "ตอบกลับอัตโนมัติ: ใบเสนอราคา",
    "Indonesian": "Balasan otomatis: Penawaran",
    "Hebrew": "תשובה אוטומטית: הצעה",
    "Arabic": "رد تلقائي: عرض",
    "behind the tag of a gateway": "[EXTERNAL] Automatic reply: Offer",
}
ABSENT = {
    "English": "Out of Office: Offer",
    "English, short": "OOO Re: Offer",
    "German": "Abwesend: Angebot",
    "French": "Absence du bureau : Devis",
    "Spanish": "Fuera de la oficina: Oferta",
    "Italian": "Fuori sede: Offerta",
    "Portuguese": "Fora do escritório: Proposta",
    "Dutch": "Afwezig: Offerte",
    "Norwegian": "Fraværende: Tilbud",
    "Swedish": "Frånvaro: Offert",
    "Finnish": "Poissa: Tarjous",
    "Polish": "Poza biurem: Oferta",
    "Czech": "Mimo kancelář: Nabídka",
    "Slovenian": "Odsoten: Ponudba",
    "Russian": "Нет на месте: Предложение",
    "Turkish": "Ofis dışında: Teklif",
    "Japanese": "不在: お見積り",
    "Korean": "부재중: 견적",
}
OF_PEOPLE = [
    "Re: Automatic reply: Offer",
    "AW: Abwesenheitsnotiz",
    "Fwd: Out of office",
    "Automatic replies do not work",
    "Automatic reply rules for the shop",
    "Out of office next week",
    "Vacation rental in Spain",
    "Urlaubsantrag",
    "Absence de Paul",
    "Oooh, nice",
    "Our office is moving",
    "休假申请",
    "Offer for the north halls",
    "",
]


@pytest.mark.parametrize("subject", AUTOMATIC.values(), ids=AUTOMATIC)
def test_subject_says_that_a_program_answered(subject: str) -> None:
    sign = read_subject(subject)

    assert sign is not None
    assert sign.form is Form.AUTOMATIC_PREFIX


@pytest.mark.parametrize("subject", ABSENT.values(), ids=ABSENT)
def test_subject_says_that_somebody_is_away(subject: str) -> None:
    sign = read_subject(subject)

    assert sign is not None
    assert (sign.form, sign.is_absence) == (Form.ABSENT_PREFIX, True)


@pytest.mark.parametrize("subject", OF_PEOPLE)
def test_subject_of_a_person_says_nothing(subject: str) -> None:
    assert read_subject(subject) is None


@pytest.mark.parametrize(
    ("subject", "form"),
    [
        ("Automatic reply", Form.AUTOMATIC),
        ("Abwesenheitsnotiz", Form.AUTOMATIC),
        ("Re: Offer (Automatic Response)", Form.AUTOMATIC),
        ("Automatic reply to your message", Form.AUTOMATIC),
        ("Auto Response from North", Form.AUTOMATIC),
        ("AUTO: Out of Office", Form.ABSENT),
        ("Out of office", Form.ABSENT),
        ("Out of office until Monday", Form.ABSENT),
        ("Out of office: 3-7 August", Form.ABSENT),
        ("Kim Berg is out of the office", Form.ABSENT),
        ("Thank you for your message", Form.RECEIVED),
        ("Auto: Offer", Form.SHORT_PREFIX),
    ],
)
def test_weaker_forms_are_told_apart(subject: str, form: Form) -> None:
    sign = read_subject(subject)

    assert sign is not None
    assert sign.form is form
