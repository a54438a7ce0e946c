"""The pages of imports, as a person goes through them."""

from collections.abc import Mapping

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope
from sequences.models import Contact, ContactField, ContactImport, ContactList
from tests.factories import Cast, make_person, signed_in
from tests.sequences.importing.files import done, people, table, tried, uploaded, worked

State = ContactImport.State
LIST = "/contacts/imports/"


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.owner)


def test_from_the_file_to_contacts_and_back(cast: Cast, client: Client) -> None:
    raw = table(["E-Mail", "Vorname", "Plan"], ["a@example.com", "Anna", "Pro"], ["nobody", "Bo", "Free"])
    answer = client.post(f"{LIST}add/", {"file": SimpleUploadedFile("fair.csv", raw)})
    one = _only(cast)
    assert answer["Location"] == f"{LIST}{one.pk}/columns/"

    page = client.get(answer["Location"]).content.decode()
    assert "fair.csv" in page
    assert "Anna" in page

    answer = client.post(f"{LIST}{one.pk}/columns/", _columns(one, column_2="new.text", new_list="Fair"))
    assert answer["Location"] == f"{LIST}{one.pk}/"
    assert 'hx-trigger="every 2s"' in client.get(answer["Location"]).content.decode()
    worked(one)

    page = client.get(f"{LIST}{one.pk}/").content.decode()
    assert "Nothing is imported yet" in page
    assert "Import 1 contact" in page
    client.post(f"{LIST}{one.pk}/run/")
    worked(one)
    with tenant_scope(cast.tenant.pk):
        assert Contact.objects.get().custom == {"plan": "Pro"}
        assert ContactList.objects.get().entries.count() == 1

    assert "Undo this import" in client.get(f"{LIST}{one.pk}/").content.decode()
    client.post(f"{LIST}{one.pk}/undo/")
    worked(one)
    with tenant_scope(cast.tenant.pk):
        assert not Contact.objects.exists()
    assert "Contact removed" in client.get(f"{LIST}{one.pk}/?outcome=removed").content.decode()


def test_a_file_that_is_refused_says_why_on_its_field(client: Client) -> None:
    answer = client.post(f"{LIST}add/", {"file": SimpleUploadedFile("people.xlsx", b"PK\x03\x04")})

    assert answer.status_code == 422
    assert "CSV UTF-8" in answer.content.decode()


def test_the_limits_stand_on_the_page_before_anybody_meets_them(client: Client) -> None:
    page = client.get(f"{LIST}add/").content.decode()

    assert "20 MB" in page
    assert "100,000 rows" in page


def test_a_file_can_be_read_in_another_way(cast: Cast, client: Client) -> None:
    one = uploaded("email;name\na@example.com;Łukasz\n".encode("cp1250"), cast.owner)

    client.post(f"{LIST}{one.pk}/shape/", {"encoding": "cp1250", "delimiter": ";", "has_header": "on"})
    assert "Łukasz" in client.get(f"{LIST}{one.pk}/columns/").content.decode()

    client.post(f"{LIST}{one.pk}/shape/", {"encoding": "cp1250", "delimiter": ";"})
    without_header = _only(cast)
    assert (without_header.row_count, without_header.columns) == (2, ["Column 1", "Column 2"])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"column_0": ""}, "which column holds the e-mail address"),
        ({"column_1": "address"}, "fills this field already"),
        ({"column_1": "full_name", "column_2": "last_name"}, "both say the same"),
        ({"column_1": "no_such_field"}, "Select a valid choice"),
        ({"on_duplicate": "erase"}, "Select a valid choice"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(
    cast: Cast, client: Client, changed: Mapping[str, str], words: str
) -> None:
    one = uploaded(people(2), cast.owner)

    answer = client.post(f"{LIST}{one.pk}/columns/", _columns(one, **changed))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert _only(cast).state == State.UPLOADED


def test_only_who_manages_the_account_adds_fields(cast: Cast) -> None:
    client = signed_in(make_person(cast.tenant, Role.MEMBER))
    one = uploaded(people(2), cast.owner)

    answer = client.post(f"{LIST}{one.pk}/columns/", _columns(one, column_2="new.text"))

    assert answer.status_code in (403, 422)
    with tenant_scope(cast.tenant.pk):
        assert not ContactField.objects.exists()


def test_refused_rows_are_downloaded_with_their_reason_and_no_formula(cast: Cast, client: Client) -> None:
    one = tried(table(["email", "company"], ["nobody", "=1+1"], ["a@example.com", "Acme"]), cast.owner)

    answer = client.get(f"{LIST}{one.pk}/refused/")
    content = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]

    assert '"nobody","\'=1+1","2",' in content
    assert "Acme" not in content


def test_the_progress_stops_asking_once_nothing_is_under_way(cast: Cast, client: Client) -> None:
    one = uploaded(people(2), cast.owner)
    client.post(f"{LIST}{one.pk}/columns/", _columns(one))

    under_way = client.get(f"{LIST}{one.pk}/progress/")
    worked(one)
    over = client.get(f"{LIST}{one.pk}/progress/")

    assert "hx-trigger" in under_way.content.decode()
    assert "HX-Refresh" not in under_way
    assert "hx-trigger" not in over.content.decode()
    assert over["HX-Refresh"] == "true"


def test_what_stands_in_a_file_is_text_on_every_page(cast: Cast, client: Client) -> None:
    markup = "<script>alert(1)</script>"
    one = uploaded(table(["email", markup], [f"{markup}@example.com", markup]), cast.owner, filename=f"{markup}.csv")

    columns = client.get(f"{LIST}{one.pk}/columns/").content.decode()
    client.post(f"{LIST}{one.pk}/columns/", _columns(one, column_0="address"))
    worked(one)
    detail = client.get(f"{LIST}{one.pk}/").content.decode()

    assert markup not in columns + detail + client.get(LIST).content.decode()
    assert "&lt;script&gt;" in columns


@pytest.mark.parametrize("after", ["-1", "x", "9" * 30, "²"])
def test_a_page_of_rows_that_is_nowhere_is_the_first(cast: Cast, client: Client, after: str) -> None:
    one = tried(people(2), cast.owner)

    assert "p1@example.com" in client.get(f"{LIST}{one.pk}/", {"after": after}).content.decode()


def test_the_list_asks_no_query_for_each_import(
    cast: Cast, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(8):
        uploaded(people(1, first=number), cast.owner)
    client.get(LIST)

    with django_assert_max_num_queries(12):
        client.get(LIST)


def test_the_rows_ask_no_query_for_each_row(
    cast: Cast, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    one = done(people(60), cast.owner)
    client.get(f"{LIST}{one.pk}/")

    with django_assert_max_num_queries(12):
        page = client.get(f"{LIST}{one.pk}/").content.decode()

    assert "p50@example.com" in page
    assert "p51@example.com" not in page
    assert "p51@example.com" in client.get(f"{LIST}{one.pk}/?after=51").content.decode()


def test_an_import_of_another_account_is_not_found(cast: Cast) -> None:
    one = done(people(1), cast.owner)
    stranger = signed_in(cast.stranger)

    names = ("import-detail", "import-columns", "import-progress", "import-refused")
    answers = [stranger.get(reverse(f"sequences:{name}", args=[one.pk])).status_code for name in names]

    assert answers == [404] * 4
    assert stranger.post(f"{LIST}{one.pk}/undo/").status_code == 404


def _columns(one: ContactImport, **changed: str) -> dict[str, str]:
    guessed = {f"column_{at}": field for at, field in enumerate(one.mapping)}
    return guessed | {"on_duplicate": "fill", **changed}


def _only(cast: Cast) -> ContactImport:
    with tenant_scope(cast.tenant.pk):
        one: ContactImport = ContactImport.objects.get()
    return one
