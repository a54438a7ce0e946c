"""What charset bytes look most like, where nobody says: judged by the letters that the languages use most."""

import re
from collections.abc import Callable

# How much sense a character makes behind the one before it: 1 for the most common, below 0 for the impossible.
_Weigh = Callable[[str, str], float]


def guess(raw: bytes) -> str:
    """Return the codec in which `raw`, which is not UTF-8, reads most like a language; Windows-1252 in doubt."""
    sample = raw[:_SAMPLE]
    candidates = _LATIN if _is_latin(sample) else _OTHERS
    best, best_score = "cp1252", 0.0
    for codec in candidates:
        score = _score(sample, codec)
        if score > best_score + _MARGIN:
            best, best_score = codec, score
    return best


def _is_latin(sample: bytes) -> bool:
    """True where the bytes above 127 stand in words of ASCII letters."""
    latin = other = 0
    for word in _WORD.findall(sample):
        high = len(word.translate(None, _ASCII))
        if high * 2 < len(word) or (high < len(word) and _ISOLATED.fullmatch(word)):
            latin += 1
        elif high > 2 or len(word) > high:
            other += 1
    return latin >= other


def _score(sample: bytes, codec: str) -> float:
    """Return how much of the bytes above 127 makes sense: 1 if every character is one of the most common."""
    text = _decoded(sample, codec)
    if text is None:
        return 0.0
    if codec in _LATIN:
        return _latin_score(text, _LATIN[codec])
    weigh = _WEIGHTS[codec]
    total = high_count = 0.0
    is_two_octets = codec in _TWO_OCTETS
    previous = ""
    for character in text:
        if character > "\x7f":
            octet_count = 2 if is_two_octets and not "\uff61" <= character <= "\uff9f" else 1
            high_count += octet_count
            total += octet_count * weigh(character, previous)
        previous = character
    return total / high_count if high_count else 0.0


def _decoded(sample: bytes, codec: str) -> str | None:
    try:
        return sample.decode(codec)
    except UnicodeDecodeError as error:
        # The sample may end within a character.
        if len(sample) == _SAMPLE and error.start >= _SAMPLE - 4:
            return sample[: error.start].decode(codec)
    text = sample.decode(codec, "replace")
    return text if codec in _LATIN and text.count("\ufffd") * 20 < len(text) else None


def _latin_score(text: str, alphabets: tuple[str, ...]) -> float:
    """Return how much of `text` is written in the letters of one language."""
    found = [(match[2], match[1].isalpha() and match[3].isalpha()) for match in _AROUND_HIGH.finditer(text)]
    letters = [character for character, _is_within in found if character.isalpha()]
    # A sign within a word, other than an apostrophe, is a letter of another charset.
    wrong = sum(
        1 for character, is_within in found if is_within and not character.isalpha() and character not in _APOSTROPHES
    )
    strange = sum(
        1
        for character, is_within in found
        if not is_within and character not in _PUNCTUATION and character not in letters
    )
    best = max(sum(1 for letter in letters if letter.lower() in alphabet) for alphabet in alphabets)
    signs = len(found) - len(letters) - wrong - strange
    return max(best + signs - wrong, 0) / len(found) if found else 0.0


def _alphabet(common: str, small: str, capital: str) -> _Weigh:
    """Weigh letters of an alphabet: common ones, others, and capitals, which do not follow small letters."""

    def weigh(character: str, previous: str) -> float:
        if character in common:
            return 1.0
        if character in small:
            return 0.6
        if character in capital:
            return 0.1 if previous in small and previous else 0.5
        return 0.2 if character in _PUNCTUATION else -0.5

    return weigh


def _chinese(common: frozenset[str]) -> _Weigh:
    def weigh(character: str, _previous: str) -> float:
        if character in common:
            return 1.2
        if character in _WIDE_PUNCTUATION:
            return 0.8
        return 0.45 if "\u4e00" <= character <= "\u9fff" else 0.1

    return weigh


def _japanese(character: str, _previous: str) -> float:
    if "\u3041" <= character <= "\u30ff":
        return 1.0
    if character in _WIDE_PUNCTUATION:
        return 0.8
    if "\uff61" <= character <= "\uff9f":
        return 0.05
    return 0.5 if "\u4e00" <= character <= "\u9fff" else 0.1


def _korean(character: str, _previous: str) -> float:
    if character in _HANGUL:
        return 1.2
    if "\uac00" <= character <= "\ud7a3":
        return 0.65
    return 0.2


def _thai(character: str, _previous: str) -> float:
    return 0.9 if "\u0e01" <= character <= "\u0e4e" else -0.5


_SAMPLE = 8 * 1024
# So much better a later candidate must be.
_MARGIN = 0.02
_ASCII = bytes(range(128))
_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
# Letters of Western Europe, never two in a row.
_ISOLATED = re.compile(rb"[\xc0-\xff]?(?:[A-Za-z]+[\xc0-\xff]?)*+")
_AROUND_HIGH = re.compile(r"(?s)(?<=(.))([^\x00-\x7f])(?=(.))")
_APOSTROPHES = "’‘´`·­"
_PUNCTUATION = "’‘“”„«»‹›–—…€£§°©®·¿¡´•№™ \xa0"
_WIDE_PUNCTUATION = "、。，！？：；「」『』（）・ー　【】《》“”～"
_WESTERN = ("äöüß", "éèêàçôîûùïëœâ", "áéíóúñü", "ãõáéíóúâêôàç", "àèéìòù", "åäöæøé", "éëïöüèáó", "þðáéíóúýæö")
_CENTRAL = ("áčďéěíňóřšťúůýž", "ąćęłńóśźż", "áéíóöőúüű", "áäčďéíĺľňóôŕšťúýž", "čćđšž", "ăâîşţ", "äöüß")
_LATIN = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859-2": _CENTRAL,
    "cp1254": ("çğıöşüâîi̇",),
    "cp1257": ("āčēģīķļņšūž", "ąčęėįšųūž", "äõöüšž"),
}
_RUSSIAN = _alphabet(
    "оеаинтсрвлкмдпуяыьгз", "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўђјљњћџ", "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЁІЇЄҐ"
)
_GREEK = _alphabet("αοιετσνηυρπκμλς", "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ", "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΉΊΌΎΏ")
_HEBREW = _alphabet("יוהלאתמרבש", "אבגדהוזחטיךכלםמןנסעףפץצקרשת", "")
_ARABIC = _alphabet("الينمترودب", "ءآأؤإئابةتثجحخدذرزسشصضطظعغـفقكلمنهوىيپچژگ،؟؛", "")
_SIMPLIFIED = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多"
    "经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明"
    "性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世"
    "您请谢系邮件们电您复件价单款货联司网务客询"
)
_TRADITIONAL = frozenset(
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多"
    "經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日者意無力它與長把機十民第公此已工使情明"
    "性知全三又關點正業外將兩高間由問很最重並物手應向頭文體美相見被利什二等產或新己制身果加月話合回特代內信表化老給世"
    "您請謝系郵件電價單款貨聯司網務客詢"
)
_HANGUL = frozenset(
    "이다는에의을가하고를한은기지로리사서그인어자대나시도해보니아라일들과정수있만게전제주여구장상부안요성습합요로드입원회공"
    "오당면신님감안녕세문의메첨파내용확결드립까계방"
)
_OTHERS = (
    "cp1251",
    "koi8-r",
    "cp949",
    "gb18030",
    "big5hkscs",
    "cp932",
    "euc_jp",
    "cp1253",
    "cp1255",
    "cp1256",
    "cp874",
    "iso8859-5",
    "cp866",
)
_WEIGHTS: dict[str, _Weigh] = {
    "cp1251": _RUSSIAN,
    "koi8-r": _RUSSIAN,
    "iso8859-5": _RUSSIAN,
    "cp866": _RUSSIAN,
    "cp949": _korean,
    "gb18030": _chinese(_SIMPLIFIED),
    "big5hkscs": _chinese(_TRADITIONAL),
    "cp932": _japanese,
    "euc_jp": _japanese,
    "cp1253": _GREEK,
    "cp1255": _HEBREW,
    "cp1256": _ARABIC,
    "cp874": _thai,
}
_TWO_OCTETS = frozenset({"cp949", "gb18030", "big5hkscs", "cp932", "euc_jp"})
