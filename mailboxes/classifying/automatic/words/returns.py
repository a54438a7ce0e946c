"""Words that tell what a date next to them means; regular expressions for folded text."""

# Before the day on which somebody is back: "back on", "wieder ab".
BACK = (
    r"(?:be |am |is )?back|return(?:ing|s)?(?: to (?:the )?(?:office|work))?|resum(?:e|ing)|again(?: from| on)?|"
    r"(?:available|reachable)(?: again)?|returning",
    r"wieder|zurück|erreichbar|rückkehr|im büro ab",
    r"de retour|(?:mon |le |son )?retour|reprendrai|reviendrai|joignable à (?:nouveau|partir)",
    r"vuelvo|volveré|regreso|regresaré|estaré de vuelta|reincorporaré|incorporo|disponible a partir",
    r"rientr(?:o|erò|a)|torn(?:o|erò)|sarò di nuovo|di ritorno",
    r"regress(?:o|arei)|volt(?:o|arei)|retorn(?:o|arei)|de volta|estarei de regresso",
    r"terug|weer (?:aanwezig|bereikbaar|op kantoor)|weer",
    r"tilbage|tilbake|tillbaka|åter|igen",
    r"takaisin|palaan|palaa|tavoitettavissa",
    r"wracam|wrócę|powrót|powracam|będę dostępn[ya]|z powrotem",
    r"vr[aá]t[ií]m se|zpět|vr[aá]tim sa|naspäť|opět|vrnem|nazaj|vra[cć]am se|natrag|ponovno",
    r"visszatér(?:ek)?|újra|ismét|revin|mă întorc|înapoi|επιστρέφω|επιστροφή|επιστρέψω|dön(?:eceğim|üş)",
    r"вернусь|возвращаюсь|выхожу|выйду|буду (?:доступ[^ ]{2,4}|в офисе|на месте)|повернусь|повертаюся|връщам се",
    r"atgriezīšos|grįšiu|tagasi|quay lại|trở lại|kembali|אחזור|חוזרת?|سأعود|أعود",
)
# After it: "ab dem 15.8. wieder erreichbar", "8月4日より出社".
BACK_AFTER = (
    r"(?:bin ich |ich )?(?:wieder|zurück|erreichbar)|(?:ben ik |ik )?(?:weer|terug)|(?:er jeg |"
    r"jeg )?(?:tilbage|tilbake|igen)|"
    r"(?:är jag |jag )?(?:tillbaka|åter)|(?:i will|i'll|i shall) (?:be back|return)|(?:będę|"
    r"jestem) (?:ponownie|dostępn)|"
    r"(?:olen )?(?:takaisin|taas)|(?:je suis |je serai )de retour",
)
BACK_AFTER_UNSPACED = (
    r"(?:\([^)]{1,3}\))?\s?(?:より|から|に)\s?(?:[^\s。]{0,6})?(?:出社|復帰|対応|業務|営業|出勤|戻)",
    r"(?:\([^)]{1,3}\))?\s?(?:恢复|返回|回来|回到|起恢|上班|正常|恢復|後回)",
    r"(?:\([^)]{1,3}\))?\s?(?:부터|에)\s?(?:[^.]{0,6})?(?:복귀|출근|근무|돌아)",
)
# Before the last day away, or the day of the return: most people do not tell them apart.
UNTIL = (
    r"until|till|til|untill",
    r"bis(?: zum| einschließlich| inkl\.?| incl\.?| und mit| einschl\.?)?",
    r"jusqu'(?:au|à|en)(?: et y compris)?(?: le)?",
    r"hasta(?: el)?|fino (?:al|a|all')|sino al|até(?: (?:ao?|o) )?(?:dia)?|até|pân[aă] (?:pe|în|la)",
    r"tot|t/m|t\.e\.m\.|tot en met|tom|t\.o\.m\.|t o m|til og med|till och med|indtil|frem til",
    r"asti|saakka|do(?: dnia)?|až do|līdz|iki|kuni|έως|μέχρι|до|по|hingga|sampai|đến(?: hết)?|tới|עד|حتى|إلى",
)
UNTIL_AFTER = (r"(?:asti|saakka|tarihine kadar|kadar|ig\b)",)
UNTIL_AFTER_UNSPACED = (
    r"(?:\([^)]{1,3}\))?\s?(?:まで|迄)|(?:\([^)]{1,3}\))?\s?(?:까지)|(?:\([^)]{1,3}\))?\s?(?:止|期间|期間|休假|外出)",
)
# With these the last day away is meant.
INCLUSIVE = (
    r"through|thru|inclusive|including|included|up to and|einschließlich|einschl|inkl|incl|und mit|y compris|"
    r"inclus|inclusive|"
    r"inclusivo|compreso|incluso|incluído|tot en met|t/m|t\.e\.m|tom|t\.o\.m|t o m|til og med|till och med|włącznie|"
    r"včetně|vrátane|vključno|zaključno|uključivo|bezárólag|включительно|включно|dahil|kaasa arvatud|ieskaitot|"
    r"imtinai|"
    r"đến hết",
)
# Between the first and the last day away.
TO = (
    r"(?:-{1,2}|~|to|through|thru|until|till?|and including|bis(?: zum)?|au|al?|hasta el|fino al|ao?|até|tot|"
    r"t/m|tot en met|"
    r"tom|do(?: dnia)?|по|до|至|到|から|부터|đến|līdz|iki|kuni)"
)
BETWEEN = r"(?:between|zwischen|entre|tra|tussen|mellem|mellom|mellan)"
AND = r"(?:and|und|et|y|e|en|og|och)"
# "The day after", behind the word for the return.
AFTER = r"(?:after|nach(?: dem)?|après(?: le)?|después del?|dopo il|depois de|efter|etter|после|jälkeen)"
TOMORROW = r"(?:tomorrow|morgen|demain|mañana|domani|amanhã|i morgen|imorgon|i morgon|jutro|zítra|завтра)"
# Said before such a word, it tells the contrary.
NOT = ("not ", "nicht ", "non ", "niet ", "pas ", "ikke ", "inte ", "nie ", "не ", "no longer ", "limited ")
# "08/03" may be the eighth of March for whoever writes so.
ENGLISH = (r"(?:back|return(?:ing)?|until|through|thru|available|the|will|office|from|to|on)\b",)
