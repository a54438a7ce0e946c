"""Which column holds what: by its name in many languages, then by what stands in it."""

import pytest

from sequences.importing.guessing import mapping_of
from sequences.importing.reading import Row
from sequences.models import ContactField

_SAMPLE = [Row(2, ["a@example.com", "x", "y", "z"]), Row(3, ["b@example.com", "x", "y", "z"])]


@pytest.mark.parametrize(
    ("names", "mapping"),
    [
        (["Email", "First Name", "Last Name", "Company"], ["address", "first_name", "last_name", "company"]),
        (["E-Mail-Adresse", "Vorname", "Nachname", "Firma"], ["address", "first_name", "last_name", "company"]),
        (["Courriel", "Prénom", "Nom", "Société"], ["address", "first_name", "last_name", "company"]),
        (["Correo electrónico", "Nombre", "Apellidos", "Empresa"], ["address", "first_name", "last_name", "company"]),
        (["E-MAIL", "Imię", "Nazwisko", "Stanowisko"], ["address", "first_name", "last_name", "job_title"]),
        (["почта", "Имя", "Фамилия", "Телефон"], ["address", "first_name", "last_name", "phone"]),
        (["E-mail", "Name", "Vorname", "Tel."], ["address", "last_name", "first_name", "phone"]),
        (["email", "name", "Email", "time zone"], ["address", "full_name", "", "time_zone"]),
        (["contact point", "b", "c", "d"], ["address", "", "", ""]),
    ],
)
def test_columns_are_known_by_name_and_content(names: list[str], mapping: list[str]) -> None:
    assert mapping_of(names, _SAMPLE, []) == mapping


def test_a_column_called_adresse_counts_by_what_stands_in_it() -> None:
    sample = [Row(2, ["Hauptstr. 3", "a@example.com"])]

    assert mapping_of(["Adresse", "Kontakt"], sample, []) == ["", "address"]
    assert mapping_of(["Adresse", "Kontakt"], [Row(2, ["a@example.com", "A"])], []) == ["address", ""]


def test_the_fields_of_the_account_are_known_by_label_and_key() -> None:
    fields = [ContactField(key="renewal_date", label="Renews on")]

    mapping = mapping_of(["email", "Renews On", "renewal date", "x"], _SAMPLE, fields)

    assert mapping == ["address", "custom.renewal_date", "", ""]
