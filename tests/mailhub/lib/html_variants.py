"""Variants of the attacks by HTML: other cases, spaces, quotes, references and places; the same in each run."""

import random
import re
from collections.abc import Callable

from tests.mailhub.lib.html_attacks import attacks


def variants(count: int) -> list[str]:
    """Return `count` variants of each attack, and the attacks themselves."""
    chance = random.Random(20260302)
    found = dict.fromkeys(attacks())
    for attack in attacks():
        for _ in range(count):
            changed = attack
            for mutation in chance.sample(_MUTATIONS, chance.randint(1, 3)):
                changed = mutation(changed, chance)
            found[changed] = None
    return list(found)


def _mixed_case(html: str, chance: random.Random) -> str:
    return _NAME.sub(lambda name: "".join(chance.choice((str.upper, str.lower))(one) for one in name[0]), html)


def _other_space(html: str, chance: random.Random) -> str:
    return _SPACE_IN_TAG.sub(lambda _space: chance.choice(["\t", "\n", "\f", "\r", "/", " / ", "\x0b ", "\x00 "]), html)


def _broken_scheme(html: str, chance: random.Random) -> str:
    signs = [
        "\t",
        "\n",
        "\r",
        "\x00",
        "\x01",
        "\x1f",
        "&#9;",
        "&#10;",
        "&Tab;",
        "&NewLine;",
        "&#0;",
        "\u00ad",
        "\ufeff",
    ]
    return _SCHEME.sub(lambda scheme: f"{scheme[0][:2]}{chance.choice(signs)}{scheme[0][2:]}", html)


def _references(html: str, chance: random.Random) -> str:
    def written(value: re.Match[str]) -> str:
        forms = ("&#{};", "&#x{:x};", "&#{:07d};", "&#{}", "{!s}")
        return "=" + "".join(
            one if chance.random() < 0.6 or one in "\"'>&#; \n" else chance.choice(forms[:3]).format(ord(one))
            for one in value[1]
        )

    return _VALUE.sub(written, html)


def _other_quotes(html: str, chance: random.Random) -> str:
    quote = chance.choice(["'", '"', "`", ""])
    return _VALUE.sub(lambda value: "=" + quote + value[1].strip("\"'") + quote, html)


def _spaced_equals(html: str, chance: random.Random) -> str:
    return html.replace("=", chance.choice([" = ", "=\n", "\t=", "\x0c=\x0c", "==", "=\x00"]))


def _doubled_attribute(html: str, chance: random.Random) -> str:
    first = chance.choice(['src="cid:logo@x"', "href=https://ok.example", "style=color:red", "title=x"])
    return _TAG_NAME.sub(lambda tag: f"{tag[0]} {first}", html)


def _glued_attribute(html: str, chance: random.Random) -> str:
    first = chance.choice(['title="x"', "title='x'", "a=b/", "/", "'", '"', "<", "=", "=x", "\\"])
    return _TAG_NAME.sub(lambda tag: f"{tag[0]} {first}", html)


def _unclosed(html: str, chance: random.Random) -> str:
    return chance.choice([html.rstrip(">"), _CLOSING.sub("", html), html.replace(">", " ", 1), html[: -len(html) // 4]])


def _split_by_comment(html: str, chance: random.Random) -> str:
    place = chance.randrange(len(html) + 1)
    return (
        html[:place] + chance.choice(["<!-- -->", "<!-->", "/**/", "<![CDATA[", "]]>", "--!>", "<!--"]) + html[place:]
    )


def _inside(html: str, chance: random.Random) -> str:
    around = chance.choice(
        [
            "<table><tr><td>{}</td></tr></table>",
            "<table>{}</table>",
            "<div><p>{}</p></div>",
            "<b><a href=https://ok.example>{}</b></a>",
            "<ul><li>{}</ul>",
            "<svg>{}</svg>",
            "<math><mtext>{}</math>",
            "<svg><foreignObject>{}",
            "<select>{}</select>",
            "<noscript>{}</noscript>",
            "<template>{}</template>",
            "<style>{}</style>",
            "<title>{}</title>",
            "<xmp>{}</xmp>",
            '<p title="{}">',
            "<p title='{}'>",
            "<!--{}-->",
            "<![if x]>{}<![endif]>",
            "<form>{}</form>",
            "<object>{}</object>",
            "<pre>{}</pre>",
            "<font><center>{}",
        ]
    )
    return around.replace("{}", html)


def _behind(html: str, chance: random.Random) -> str:
    before = [
        '">',
        "'>",
        "-->",
        "]]>",
        "</style>",
        "</title>",
        "</script>",
        "</xmp>",
        "<",
        "<<",
        "<a ",
        '<p title="',
        "&lt;",
    ]
    return (
        chance.choice([*before, "</table>", "</p>", "<plaintext>", "<p x=", "<!", "<?", "</", "\x00", "\ufeff"]) + html
    )


def _twice(html: str, chance: random.Random) -> str:
    # What a filter takes out of the middle must not leave the rest as a whole.
    place = chance.randrange(1, max(2, min(8, len(html))))
    return html[:place] + html + html[place:]


def _null_in_name(html: str, chance: random.Random) -> str:
    sign = chance.choice(["\x00", "\u200b", "\u00ad", "\x7f", "&#0;"])
    return _NAME.sub(lambda name: name[0][:1] + sign + name[0][1:], html, count=chance.randint(1, 3))


_NAME = re.compile(
    r"(?<=<)[a-z][a-z:-]*|(?<=</)[a-z][a-z:-]*|\bon[a-z]+(?==)|\b(?:javascript|https?|url|src|href|style)\b"
)
_SPACE_IN_TAG = re.compile(r" (?=[a-z:-]+=)")
_SCHEME = re.compile(r"(?:javascript|vbscript|https?|data)(?=:)", re.IGNORECASE)
_VALUE = re.compile(r"=(\"[^\"]*\"|'[^']*'|[^\s\"'>`]+)")
_TAG_NAME = re.compile(r"<[a-zA-Z][a-zA-Z:-]*(?=[\s/>])")
_CLOSING = re.compile(r"</[a-zA-Z:-]+>")


_MUTATIONS: list[Callable[[str, random.Random], str]] = [
    _mixed_case,
    _other_space,
    _broken_scheme,
    _references,
    _other_quotes,
    _spaced_equals,
    _doubled_attribute,
    _glued_attribute,
    _unclosed,
    _split_by_comment,
    _inside,
    _behind,
    _twice,
    _null_in_name,
]
