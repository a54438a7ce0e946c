"""Whom the demonstration company writes to in sequences, and what it says. Everybody is invented."""

import random
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Prospect:
    """Somebody who may want coffee."""

    first_name: str
    last_name: str
    company: str
    job_title: str
    city: str
    time_zone: str

    @property
    def domain(self) -> str:
        plain = unicodedata.normalize("NFKD", self.company.lower()).encode("ascii", "ignore").decode("ascii")
        words = "".join(one if one.isalnum() else " " for one in plain).split()
        return f"{'-'.join(words)}.example"

    @property
    def address(self) -> str:
        return f"{self.first_name.lower()}@{self.domain}"


@dataclass(frozen=True)
class Text:
    """One text of a step; an empty subject stays in the thread."""

    subject: str
    html: str
    weight: int = 1


@dataclass(frozen=True)
class Mailing:
    """One step: its texts, and after how many sending days it leaves."""

    delay: int
    texts: tuple[Text, ...]


def cafes() -> list[Prospect]:
    """Return forty-two people of cafés, always the same."""
    return _people(_CAFES, "Owner", "Head barista", "Manager")


def offices() -> list[Prospect]:
    """Return twenty-four people of offices, always the same."""
    return _people(_OFFICES, "Office manager", "Head of Workplace", "Assistant to the board")


def _people(companies: tuple[str, ...], *titles: str) -> list[Prospect]:
    rng = random.Random(companies[0])  # noqa: S311 - nothing secret
    found = []
    for number, company in enumerate(companies):
        first_name = _FIRST_NAMES[(number * 7 + len(companies)) % len(_FIRST_NAMES)]
        last_name = _LAST_NAMES[(number * 5 + len(companies)) % len(_LAST_NAMES)]
        city, time_zone = rng.choice(_CITIES)
        # Some never said what they do.
        title = rng.choice((*titles, ""))
        found.append(Prospect(first_name, last_name, company, title, city, time_zone))
    return found


_FIRST_NAMES = [
    "Nina",
    "Tobias",
    "Leila",
    "Marek",
    "Hannah",
    "Jonas",
    "Aisha",
    "Felix",
    "Greta",
    "Omar",
    "Clara",
    "Viktor",
    "Ines",
    "Samir",
    "Paula",
    "Henrik",
    "Rania",
    "Oskar",
    "Mila",
    "Adrian",
    "Lotte",
    "Kofi",
    "Elena",
    "Rasmus",
    "Sara",
    "Emil",
    "Nadia",
    "Bruno",
    "Freya",
    "Mateo",
]
_LAST_NAMES = [
    "Berg",
    "Okonkwo",
    "Larsen",
    "Novak",
    "Fischer",
    "Haddad",
    "Moreau",
    "Lind",
    "Castro",
    "Petrov",
    "Jansen",
    "Weber",
    "Rossi",
    "Dahl",
    "Kaya",
    "Silva",
    "Brandt",
    "Nilsen",
    "Costa",
    "Vogel",
    "Hansen",
    "Duarte",
    "Keller",
    "Olsen",
    "Marin",
    "Fontaine",
    "Schmid",
    "Varga",
    "Holt",
    "Iyer",
    "Quist",
]
_CITIES = (
    ("Hamburg", "Europe/Berlin"),
    ("Bremen", "Europe/Berlin"),
    ("Copenhagen", "Europe/Copenhagen"),
    ("Gothenburg", "Europe/Stockholm"),
    ("Rotterdam", "Europe/Amsterdam"),
    ("Bergen", "Europe/Oslo"),
    ("Bristol", "Europe/London"),
    ("Porto", ""),
)
_CAFES = (
    "Café Nordlicht",
    "The Copper Kettle",
    "Kaffe Hjorten",
    "Little Harbour",
    "Brot und Bohne",
    "Blue Door Café",
    "Fika på Hörnet",
    "Koffie Oost",
    "Old Mill Bakery",
    "Casa do Grão",
    "Morning Glory",
    "Lighthouse Tea",
    "Kaffeekontor Elbe",
    "The Daily Crumb",
    "Solstrand Café",
    "Green Apron",
    "Marlowe and Sons",
    "Zimt und Zucker",
    "Pier Seven",
    "Windmolen Koffie",
    "Sunday Bakers",
    "Anker Café",
    "Two Sparrows",
    "Kanelgården",
    "The Reading Room",
    "Rosengarten Café",
    "Station Platform One",
    "Hafenliebe",
    "Bakehouse Lane",
    "Torget Kaffebar",
    "Moka Corner",
    "Nana Rosa",
    "Salt and Cream",
    "Werft Sieben",
    "Cloud Nine Coffee",
    "Kleine Pause",
    "Fjordgata Bakeri",
    "The Tin Cup",
    "Albatros Café",
    "Honey and Rye",
    "Grachtencafé",
    "Maple Street Beans",
)
_OFFICES = (
    "Brightwater Legal",
    "Nordsee Logistik",
    "Helix Software",
    "Kestrel Insurance",
    "Alba Architects",
    "Ponte Consulting",
    "Rheinwerk Digital",
    "Larch Pharma",
    "Cobalt Studios",
    "Hanse Steuer",
    "Meridian Travel",
    "Foxglove Media",
    "Union Cranes",
    "Delta Windpower",
    "Quarry House",
    "Nimbus Data",
    "Seaview Dental",
    "Arbor Publishing",
    "Lumen Lighting",
    "Tidewater Bank",
    "Vogelsang Notare",
    "Pebble Games",
    "Ostkreuz Labor",
    "Marble Arch Partners",
)

TASTING_BOX = (
    Mailing(
        0,
        (
            Text(
                "Four roasts for {{ company | default: 'your counter' }}",
                "<p>Hello {{ first_name }},</p><p>we roast in small batches at the harbour, and a café in"
                " {{ city | default: 'your town' }} told us that you care where your beans come from.</p><p>May we"
                " send you a box with our four roasts? It costs nothing, and there is no catch: you tell us which one"
                " you like.</p><p>Kind regards<br>{{ my_name }}</p>",
            ),
            Text(
                "{{ first_name }}, which of these would your guests order twice?",
                "<p>Hello {{ first_name }},</p><p>one question: filter or espresso? We have a new roast for each, and"
                " put a box together for {{ company | default: 'you' }}.</p><p>Answer with one word, and it is on its"
                " way.</p><p>Kind regards<br>{{ my_name }}</p>",
            ),
        ),
    ),
    Mailing(
        3,
        (
            Text(
                "",
                "<p>Hello {{ first_name }},</p><p>the boxes for this month leave on Thursday. Shall I put one aside for"
                " you?</p><p>{{ my_name }}</p>",
            ),
            Text(
                "",
                "<p>Hello {{ first_name }},</p><p>no time to taste? I can come by with the grinder: ten minutes, four"
                " cups, and you decide.</p><p>{{ my_name }}</p>",
            ),
        ),
    ),
    Mailing(
        5,
        (
            Text(
                "",
                "<p>Hello {{ first_name }},</p><p>this is my last mail about it. If you ever look for another roaster,"
                " you know where the harbour is.</p><p>All the best<br>{{ my_name }}</p>",
            ),
        ),
    ),
)
OFFICE_COFFEE = (
    Mailing(
        0,
        (
            Text(
                "Coffee for {{ company | default: 'your office' }} that nobody complains about",
                "<p>Hello {{ first_name }},</p><p>we met at the spring fair. You said that your machine is fine and the"
                " beans are not: that we can change.</p><p>May I send you two kilos to try?</p><p>Kind regards<br>"
                "{{ my_name }}</p>",
            ),
        ),
    ),
    Mailing(
        4,
        (
            Text(
                "The numbers for {{ company | default: 'your office' }}",
                "<p>Hello {{ first_name }},</p><p>for thirty people it is about nine kilos a month, delivered on"
                " Mondays. Shall I write you an offer?</p><p>{{ my_name }}</p>",
            ),
        ),
    ),
)
WINTER_BLEND = (
    Mailing(
        0,
        (
            Text(
                "A winter blend for your breakfast room",
                "<p>Hello {{ first_name }},</p><p>from November on we roast our winter blend: cocoa, orange peel, a"
                " little smoke. Hotels may have it under their own label.</p><p>Shall I send you a bag?</p><p>"
                "{{ my_name }}</p>",
            ),
        ),
    ),
    Mailing(
        4,
        (
            Text(
                "",
                "<p>Hello {{ first_name }},</p><p>we close the list for labels at the end of the month. May I count you"
                " in?</p><p>{{ my_name }}</p>",
            ),
        ),
    ),
)
