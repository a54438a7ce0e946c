"""Charsets: by name, by what is in the bytes, and where the name is wrong."""

import time

import pytest

from mailboxes.mime.charsets import codec_of, decode, decode_header_bytes

NAMES = {
    "utf8": "utf-8",
    "UTF-8": "utf-8",
    "utf-8;": "utf-8",
    '"utf-8"': "utf-8",
    "'utf-8'": "utf-8",
    "utf-8 (plain)": "utf-8",
    "utf_8": "utf-8",
    "utf8mb4": "utf-8",
    "charset=utf-8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "cp65001": "utf-8",
    "ISO-8859-1": "cp1252",
    "iso8859_1": "cp1252",
    "8859-1": "cp1252",
    "latin1": "cp1252",
    "x-windows-1252": "cp1252",
    "windows1252": "cp1252",
    "win-1251": "cp1251",
    "cp-1251": "cp1251",
    "ansi-1251": "cp1251",
    "x-cp1251": "cp1251",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "iso-8859-11": "cp874",
    "iso-8859-15": "iso8859-15",
    "iso-8859-8-i": "iso8859-8",
    "gb2312": "gb18030",
    "GBK": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "cp950": "big5hkscs",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "x-windows-949": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "MS932": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "iso-2022-jp-3": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "iso-2022-kr": "iso2022_kr",
    "x-euc-jp": "euc_jp",
    "cp51932": "euc_jp",
    "koi8-u": "koi8-u",
    "koi8-ru": "koi8-u",
    "x-mac-cyrillic": "mac-cyrillic",
    "macintosh": "mac-roman",
    "us-ascii": "ascii",
    "ANSI_X3.4-1968": "ascii",
    "ibm850": "cp850",
}


@pytest.mark.parametrize(("name", "codec"), NAMES.items(), ids=NAMES.keys())
def test_name_of_a_charset_is_understood(name: str, codec: str) -> None:
    assert codec_of(name) == codec


@pytest.mark.parametrize("name", ["", "zip", "base64", "idna", "punycode", "unknown-8bit", "x-none", "a\x00b", "rot13"])
def test_what_is_no_charset_has_no_codec(name: str) -> None:
    assert codec_of(name) is None


DECLARED = {
    "ascii-that-is-utf-8": ("Grüße".encode(), "us-ascii", "Grüße"),
    "ascii-that-is-latin-1": ("Grüße".encode("latin-1"), "us-ascii", "Grüße"),
    "latin-1-that-is-utf-8": ("Grüße – “ok”".encode(), "iso-8859-1", "Grüße – “ok”"),
    "latin-1-that-is-windows": ("“ok” – €".encode("cp1252"), "iso-8859-1", "“ok” – €"),
    "latin-2-with-windows-quotes": (b"\x84tak\x94 \xb1", "iso-8859-2", "„tak” ą"),
    "utf-8-that-is-latin-1": ("Grüße aus Köln".encode("latin-1"), "utf-8", "Grüße aus Köln"),
    "utf-8-that-is-cyrillic": ("Добрый день, коллеги".encode("cp1251"), "utf-8", "Добрый день, коллеги"),
    "utf-8-that-is-damaged": ("Grüße aus Köln".encode()[:-4] + b"\xc3ln", "utf-8", "Grüße aus K\ufffdln"),
    "gb2312-that-is-gbk": ("朱镕基".encode("gbk"), "gb2312", "朱镕基"),
    "gb2312-that-is-gb18030": ("㐀 汉".encode("gb18030"), "gb2312", "㐀 汉"),
    "gb2312-that-is-utf-8": ("您好，请查收附件".encode(), "gb2312", "您好，请查收附件"),
    "big5-of-hong-kong": ("啲嘢".encode("big5hkscs"), "big5", "啲嘢"),
    "big5-of-windows": ("價格€５".encode("cp950"), "big5", "價格€５"),
    "euc-kr-that-is-cp949": ("똠방각하".encode("cp949"), "euc-kr", "똠방각하"),
    "shift-jis-that-is-windows": ("①㈱髙".encode("cp932"), "shift_jis", "①㈱髙"),
    "euc-jp-with-windows-rows": (b"\xad\xa1\xc6\xfc", "euc-jp", "①日"),
    "iso-2022-jp": ("日本語".encode("iso2022_jp"), "iso-2022-jp", "日本語"),
    "iso-2022-jp-half-width": (b"\x1b(I1\x1b(B", "iso-2022-jp", "ｱ"),
    "iso-2022-jp-shifted": (b"\x1b$BF|\x1b(B\x0e1\x0f!", "iso-2022-jp", "日ｱ!"),
    "iso-2022-jp-roman": (b"\x1b(Ja\x1b(B", "iso-2022-jp", "a"),
    "iso-2022-jp-1": ("丂".encode("iso2022_jp_1"), "iso-2022-jp-1", "丂"),
    "iso-2022-jp-3": ("㐂".encode("iso2022_jp_3"), "iso-2022-jp-3", "㐂"),
    "iso-2022-jp-windows": (b"\x1b$B-!-jF|\x1b(B", "iso-2022-jp", "①㈱日"),
    "iso-2022-jp-ibm-kanji": (b"\x1b$B|bF|\x1b(B", "iso-2022-jp-ms", "髙日"),
    "iso-2022-jp-unterminated": (b"\x1b$BF|K\\", "iso-2022-jp", "日本"),
    "iso-2022-jp-that-is-shift-jis": ("日本語です".encode("cp932"), "iso-2022-jp", "日本語です"),
    "iso-2022-jp-that-is-utf-8": ("日本語です".encode(), "iso-2022-jp", "日本語です"),
    "ascii-that-is-iso-2022-jp": ("こんにちは".encode("iso2022_jp"), "us-ascii", "こんにちは"),
    "iso-2022-kr": ("안녕".encode("iso2022_kr"), "iso-2022-kr", "안녕"),
    "hz": ("你好".encode("hz"), "hz-gb-2312", "你好"),
    "koi8-u": ("Київ ї".encode("koi8-u"), "koi8-u", "Київ ї"),
    "utf-7": (b"Gr+APwA3w-e", "utf-7", "Grüße"),
    "utf-16": ("Grüße".encode("utf-16"), "utf-16", "Grüße"),
    "utf-16-no-mark-le": ("Grüße".encode("utf-16-le"), "utf-16", "Grüße"),
    "utf-16-no-mark-be": ("Grüße".encode("utf-16-be"), "utf-16", "Grüße"),
    "utf-16-that-is-ascii": (b"plain words", "utf-16", "plain words"),
    "windows-874": ("สวัสดี".encode("cp874"), "windows-874", "สวัสดี"),
    "windows-1256": ("مرحبا".encode("cp1256"), "windows-1256", "مرحبا"),
    "mac": ("Grüße".encode("mac-roman"), "macintosh", "Grüße"),
    "no-charset-mark": (b"\xef\xbb\xbfok \xc3\xbc", "", "\ufeffok ü"),
    "nothing": (b"", "utf-8", ""),
}


@pytest.mark.parametrize(("raw", "charset", "text"), DECLARED.values(), ids=DECLARED.keys())
def test_text_is_read_whatever_its_charset_is_called(raw: bytes, charset: str, text: str) -> None:
    assert decode(raw, charset) == text


UNDECLARED = {
    "utf-8": ("Grüße aus Köln", "utf-8"),
    "french": ("Voilà l’été déjà passé, à bientôt", "cp1252"),
    "german": ("Schöne Grüße", "cp1252"),
    "spanish": ("¿Qué tal? Mañana sí.", "cp1252"),
    "polish": ("Dzień dobry, proszę o przesłanie faktury za usługę", "cp1250"),
    "czech": ("Dobrý den, děkuji za vaši zprávu, příště", "cp1250"),
    "russian": ("Добрый день, прошу выслать счёт", "cp1251"),
    "russian-koi8": ("Добрый день, прошу выслать счёт", "koi8-r"),
    "russian-short": ("Заказ", "cp1251"),
    "russian-short-koi8": ("Заказ номер 5", "koi8-r"),
    "ukrainian": ("Добрий день, надішліть рахунок", "cp1251"),
    "greek": ("Καλημέρα σας, ευχαριστώ πολύ", "cp1253"),
    "hebrew": ("שלום רב, תודה על הפנייה", "cp1255"),
    "arabic": ("السلام عليكم ورحمة الله", "cp1256"),
    "thai": ("สวัสดีครับ ขอบคุณ", "cp874"),
    "chinese": ("您好，请问这个产品的价格是多少？谢谢", "gb18030"),
    "chinese-short": ("你好", "gb18030"),
    "chinese-traditional": ("您好，請問這個產品的價格是多少？謝謝", "big5"),
    "japanese-sjis": ("お世話になっております。株式会社の田中です", "cp932"),
    "japanese-euc": ("お世話になっております。株式会社の田中です", "euc_jp"),
    "korean": ("안녕하세요, 문의드립니다. 감사합니다", "cp949"),
}


@pytest.mark.parametrize(("text", "codec"), UNDECLARED.values(), ids=UNDECLARED.keys())
def test_charset_that_nobody_names_is_guessed(text: str, codec: str) -> None:
    assert decode(text.encode(codec), "") == text
    assert decode_header_bytes(text.encode(codec)) == text


def test_hint_counts_for_bytes_without_a_charset() -> None:
    assert decode_header_bytes("Ж".encode("koi8-r"), "us-ascii", "koi8-r") == "Ж"
    assert decode("中".encode("big5"), "", "big5") == "中"


def test_iso_2022_jp_in_a_header_is_seen_by_its_escapes() -> None:
    assert decode_header_bytes("山田 太郎 <t@example.jp>".encode("iso2022_jp")) == "山田 太郎 <t@example.jp>"


@pytest.mark.parametrize(
    "piece", [b"\xff", b"\x1b$B!", b"\x1b$B\x1b(B", b"\xe4\xb8", b"\xc3\xbc\xff", b"a\xe9 ", b"\x81\x40"]
)
@pytest.mark.parametrize("charset", ["", "utf-8", "iso-2022-jp", "gb2312", "big5", "utf-16", "utf-7", "latin1"])
def test_b050_long_body_is_decoded_in_linear_time(piece: bytes, charset: str) -> None:
    started = time.monotonic()

    decode(piece * (400_000 // len(piece)), charset)

    assert time.monotonic() - started < 5
