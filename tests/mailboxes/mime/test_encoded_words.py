"""Encoded words as senders really write them (RFC 2047)."""

import pytest

from mailboxes.mime.encoded_words import decode_words, encode_words

WORDS = {
    "q": ("=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=", "Grüße aus Köln"),
    "b": ("=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
    "lower-case": ("=?UTF-8?q?=c3=bc?= =?utf-8?b?w7w=?=", "üü"),
    "text-around": ("Re: =?iso-8859-1?Q?=FC?= und =?iso-8859-1?Q?=E4?=!", "Re: ü und ä!"),
    "split-character-b": ("=?utf-8?B?5Zue5Q==?= =?utf-8?B?pI06?=", "回复:"),
    "split-digits-of-b": ("=?utf-8?B?5Zue5?= =?utf-8?B?aSNOg==?=", "回复:"),
    "split-digits-twice": ("=?utf-8?B?5Zue5a?= =?utf-8?B?S?= =?utf-8?B?NOg==?= =?utf-8?B?YQ==?=", "回复:a"),
    "split-character-q": ("=?utf-8?Q?Caf=C3?= =?utf-8?Q?=A9?=", "Café"),
    "split-between-q-and-b": ("=?utf-8?Q?Caf=C3?= =?utf-8?B?qQ==?=", "Café"),
    "split-gb2312": ("=?gb2312?B?xA==?= =?GB2312?B?47rD?=", "你好"),
    "split-iso-2022-jp": ("=?iso-2022-jp?B?GyRCRnw=?= =?iso-2022-jp?B?S1wbKEI=?=", "日本"),
    "no-space-between": ("=?utf-8?Q?a=C3=A4?==?utf-8?Q?=C3=B6?=", "aäö"),
    "glued-to-text": ("x=?utf-8?Q?=C3=A4?=y", "xäy"),
    "space-inside-q": ("=?utf-8?Q?sch=C3=B6ne Tage?=", "schöne Tage"),
    "space-inside-b": ("=?utf-8?B?R3LD vMOfZQ==?=", "Grüße"),
    "fold-inside-q": ("=?utf-8?Q?sch=C3=B6ne_Ta ge?=", "schöne Tage"),
    "fold-inside-prefix": ("=?utf-8? Q?sch=C3=B6n?= =? utf-8?Q?_da?=", "schön da"),
    "no-padding": ("=?utf-8?B?R3LDvMOfZQ?=", "Grüße"),
    "too-much-padding": ("=?utf-8?B?R3LDvMOfZQ====?=", "Grüße"),
    "padded-pieces-in-one": ("=?utf-8?B?YQ==YmM=?=", "abc"),
    "language": ("=?utf-8*de?Q?=C3=BC?=", "ü"),
    "unknown-charset": ("=?x-none?Q?=C3=BC?=", "ü"),
    "no-charset": ("=??Q?=C3=BC?=", "ü"),
    "wrong-charset": ("=?us-ascii?Q?=C3=BC?=", "ü"),
    "utf-8-as-latin-1": ("=?iso-8859-1?Q?=C3=BC?=", "ü"),
    "latin-1-as-utf-8": ("=?utf-8?Q?Gr=FC=DFe?=", "Grüße"),
    "question-mark": ("=?utf-8?Q?Wie?=C3=A4h?=", "Wie?äh"),
    "raw-umlaut": ("=?utf-8?Q?ä_=C3=B6?=", "ä ö"),
    "lone-equals": ("=?utf-8?Q?1=2_=C3=A4?=", "1=2 ä"),
    "koi8-u": ("=?koi8-u?B?8NLJ18nUIKQ=?=", "Привит є"),
    "windows-874": ("=?windows-874?Q?=CA=C7=D1=CA=B4=D5?=", "สวัสดี"),
    "big5": ("=?big5?B?p0GmbiCzXA==?=", "你好 許"),
    "ks_c_5601": ("=?ks_c_5601-1987?B?vsiz58fPvLy/5A==?=", "안녕하세요"),
    "utf-7": ("=?utf-7?Q?Hi_Mom_+Jjo-!?=", "Hi Mom ☺!"),
    "never-twice": ("=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?=", "=?utf-8?Q?a?="),
    "no-end": ("=?utf-8?B?R3LD", "=?utf-8?B?R3LD"),
    "no-word": ("a =? b ?= c", "a =? b ?= c"),
    "unknown-encoding": ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
    "empty": ("=?utf-8?Q??= x", " x"),
    "plain": ("2 = 2?", "2 = 2?"),
}


@pytest.mark.parametrize(("value", "text"), WORDS.values(), ids=WORDS.keys())
def test_encoded_words_are_decoded(value: str, text: str) -> None:
    assert decode_words(value) == text


def test_encoded_words_come_back_as_they_were() -> None:
    text = "Grüße aus München, 東京 und Київ " * 5

    encoded = encode_words(text)

    assert all(len(word) <= 75 for word in encoded.split(" "))
    assert decode_words(encoded) == text
