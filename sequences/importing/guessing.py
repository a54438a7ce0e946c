"""What a file most likely is: its shape, and which column holds what. A person sees the guess and puts it right."""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from sequences.importing import encodings
from sequences.importing.reading import DELIMITERS, Row, Shape
from sequences.models import ContactField

SAMPLE_ROWS = 50


def shape_of(raw: bytes) -> Shape:
    """Return how a file is most likely read."""
    encoding = encodings.guess(raw)
    text = _beginning(raw, encoding)
    delimiter = _delimiter(text)
    sample = [
        cells
        for cells in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), SAMPLE_ROWS)
        if any(cells)
    ]
    return Shape(encoding, delimiter, _has_header(sample))


def mapping_of(columns: Sequence[str], sample: Sequence[Row], fields: Iterable[ContactField]) -> list[str]:
    """Return for each column the field that it fills: by its name, then by what stands in it; "" for none."""
    wanted = [_field_named(name, _names_of(fields)) for name in columns]
    has_addresses = [_share_of_addresses(sample, at) for at in range(len(columns))]
    mapping: list[str] = []
    for at, field in enumerate(wanted):
        # "Adresse" is a street as often as it is what we look for.
        is_no_address = field == "address" and sample and has_addresses[at] < _MOSTLY
        mapping.append("" if is_no_address or field in mapping else field)
    if "address" not in mapping and has_addresses and max(has_addresses) >= _MOSTLY:
        mapping[has_addresses.index(max(has_addresses))] = "address"
    if "full_name" in mapping and "first_name" in mapping:
        # "Name, Vorname": beside a first name, "name" is the last one.
        mapping[mapping.index("full_name")] = "" if "last_name" in mapping else "last_name"
    return mapping


def _beginning(raw: bytes, encoding: str) -> str:
    text = raw[:_SAMPLE_OCTETS].decode(encoding, "replace").replace("\0", "").removeprefix("\ufeff")
    # The last line may be cut in the middle.
    return text if len(raw) <= _SAMPLE_OCTETS else text[: text.rfind("\n") + 1] or text


def _delimiter(text: str) -> str:
    """Return what cuts most rows into the same number of cells, more than one."""
    said = _SEPARATOR_LINE.match(text)
    if said:
        return said[1]
    best, best_score = ",", (0.0, 0)
    for delimiter, _name in DELIMITERS:
        score = _regularity(text, delimiter)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _regularity(text: str, delimiter: str) -> tuple[float, int]:
    """Return the share of rows that are as wide as most of those with several cells, and how wide that is."""
    try:
        widths = [
            len(row)
            for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), SAMPLE_ROWS)
            if row
        ]
    except csv.Error:
        return 0.0, 0
    several = Counter(width for width in widths if width > 1)
    if not several:
        return 0.0, 0
    width, count = several.most_common(1)[0]
    return count / len(widths), width


def _has_header(sample: Sequence[Sequence[str]]) -> bool:
    """Names of columns are no addresses, and nobody is called "E-mail"."""
    if not sample:
        return True
    first, *others = sample
    if any(_ADDRESS.search(cell) for cell in first):
        return False
    if any(_ADDRESS.search(cell) for row in others for cell in row):
        return True
    return any(_field_named(cell, {}) for cell in first)


def _field_named(name: str, of_account: dict[str, str]) -> str:
    bare = _bare(name)
    return of_account.get(bare) or _FIELDS_BY_NAME.get(bare, "")


def _names_of(fields: Iterable[ContactField]) -> dict[str, str]:
    names: dict[str, str] = {}
    for one in fields:
        names[_bare(one.label)] = names[_bare(one.key)] = f"custom.{one.key}"
    return {name: field for name, field in names.items() if name}


def _share_of_addresses(sample: Sequence[Row], at: int) -> float:
    cells = [row.cells[at] for row in sample if at < len(row.cells) and row.cells[at]]
    return sum(_ADDRESS.search(cell) is not None for cell in cells) / len(cells) if cells else 0.0


def _bare(name: str) -> str:
    """Return the letters and digits of a name, without case and accents."""
    apart = unicodedata.normalize("NFKD", name.casefold().replace("ł", "l"))
    return "".join(character for character in apart if character.isalnum())


_SAMPLE_OCTETS = 64 * 1024
_MOSTLY = 0.5
_ADDRESS = re.compile(r"[^\s@<>,;]@[^\s@<>,;]+\.[^\s@<>,;.]{2,}")
_SEPARATOR_LINE = re.compile(r"sep=([,;|\t])\r?\n", re.IGNORECASE)
# English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Danish, Czech, Turkish, Russian.
_NAMES = {
    "address": (
        "email, e-mail, mail, email address, e-mail address, mail address, primary email, work email, email 1, "
        "e-mail 1 - value, email id, business email, contact email, adresse, e-mail-adresse, mailadresse, "
        "adresse e-mail, adresse mail, adresse électronique, courriel, mél, correo, correo electrónico, "
        "dirección de correo, indirizzo email, posta elettronica, endereço de email, correio eletrónico, "
        "e-mailadres, adres e-mail, adres email, poczta, e-postadress, e-post, epost, mailadresse, e-mailová adresa, "
        "e-posta, e-posta adresi, почта, электронная почта, эл. почта, имейл, メール, メールアドレス, 邮箱, 电子邮件"
    ),
    "first_name": (
        "first name, firstname, given name, forename, fname, first, vorname, rufname, prénom, nombre, "
        "nome di battesimo, primeiro nome, nome próprio, voornaam, imię, förnamn, fornavn, jméno, křestní jméno, ad, "
        "adı, имя, 名"
    ),
    "last_name": (
        "last name, lastname, surname, family name, lname, last, nachname, familienname, zuname, nom, "
        "nom de famille, apellido, apellidos, cognome, sobrenome, apelido, achternaam, nazwisko, efternamn, "
        "efternavn, příjmení, soyad, soyadı, soyisim, фамилия, 姓"
    ),
    "full_name": (
        "name, full name, fullname, contact, contact name, display name, ansprechpartner, vollständiger name, "
        "nom complet, nombre completo, nome completo, volledige naam, naam, imię i nazwisko, namn, navn, nome, "
        "celé jméno, ad soyad, фио, имя и фамилия, 氏名, 名前, 姓名"
    ),
    "company": (
        "company, company name, organisation, organization, organization name, account, account name, employer, "
        "firma, firmenname, unternehmen, société, entreprise, raison sociale, empresa, compañía, azienda, società, "
        "ragione sociale, bedrijf, bedrijfsnaam, nazwa firmy, företag, virksomhed, společnost, şirket, компания, "
        "организация, 会社, 会社名, 公司"
    ),
    "job_title": (
        "job title, jobtitle, title, position, role, job, function, funktion, stelle, berufsbezeichnung, fonction, "
        "poste, cargo, puesto, ruolo, qualifica, functie, stanowisko, befattning, titel, stilling, pozice, ünvan, "
        "должность, 役職, 职位"
    ),
    "phone": (
        "phone, phone number, telephone, tel, mobile, mobile phone, cell, cell phone, work phone, telefon, "
        "telefonnummer, handy, mobil, rufnummer, téléphone, portable, numéro de téléphone, teléfono, móvil, telefono, "
        "cellulare, telefone, celular, telemóvel, telefoon, telefoonnummer, numer telefonu, puhelin, telefonní číslo, "
        "телефон, 電話, 电话"
    ),
    "time_zone": "time zone, timezone, tz, zeitzone, fuseau horaire, zona horaria, fuso orario, fuso horário, tijdzone, strefa czasowa, tidszon",  # noqa: E501
}
_FIELDS_BY_NAME = {_bare(name): field for field, names in _NAMES.items() for name in names.split(", ")}
