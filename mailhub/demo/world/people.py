"""Everybody who lives in the mail world: accounts that can sign in, correspondents, and strangers."""

import secrets
from dataclasses import dataclass

COMPANY_DOMAIN = "harbor.example"
PLATFORM_DOMAIN = "mailhub.example"
CUSTOMERS_DOMAIN = "customers.example"

SUPPORT_ADDRESS = f"support@{COMPANY_DOMAIN}"
SALES_ADDRESS = f"sales@{COMPANY_DOMAIN}"
# Another name of the sales mailbox, for mail to trade customers.
WHOLESALE_ADDRESS = f"wholesale@{COMPANY_DOMAIN}"
# Mail to any domain that nobody hosts ends here, so nothing leaves the machine and nothing is lost.
CATCH_ALL_ADDRESS = f"postmaster@{PLATFORM_DOMAIN}"


@dataclass(frozen=True)
class Person:
    """Somebody outside the company who writes and answers."""

    display_name: str
    addr_spec: str
    role: str = ""


@dataclass(frozen=True)
class Account:
    """A mailbox that can be opened by IMAP and POP3 and may submit by SMTP."""

    addr_spec: str
    password: str


CORRESPONDENTS = (
    Person("Zoë Åkesson", f"zoe@{CUSTOMERS_DOMAIN}", "Café Åkesson"),
    Person("Jürgen Weiß", f"juergen@{CUSTOMERS_DOMAIN}", "Weiß Feinkost"),
    Person("María Peña", f"maria@{CUSTOMERS_DOMAIN}", "Librería Peña"),
    Person("田中 花", f"hana@{CUSTOMERS_DOMAIN}", "Tanaka Tea Room"),
    Person("Amara Okafor", f"amara@{CUSTOMERS_DOMAIN}", "Okafor Studio"),
    Person("Tomasz Wójcik", f"tomasz@{CUSTOMERS_DOMAIN}", "Pod Zegarem"),
    Person("Priya Raman", f"priya@{CUSTOMERS_DOMAIN}", "Raman & Daughters"),
    Person("Luc Bélanger", f"luc@{CUSTOMERS_DOMAIN}", "Boulangerie Bélanger"),
    Person("Sofia Lindqvist", f"sofia@{CUSTOMERS_DOMAIN}", "Lindqvist Bikes"),
    Person("Daniel Mensah", f"daniel@{CUSTOMERS_DOMAIN}", "Mensah Offices"),
    Person("Grace O'Neill", f"grace@{CUSTOMERS_DOMAIN}", "O'Neill Guest House"),
    Person("Mehmet Çelik", f"mehmet@{CUSTOMERS_DOMAIN}", "Çelik Bistro"),
)

STRANGERS = (
    Person("Noor Haddad", "noor@riverside-cafe.example", "Riverside Café"),
    Person("Øyvind Bakke", "oyvind@fjordhotel.example", "Fjord Hotel"),
    Person("Chiara Conti", "chiara@conti-eventi.example", "Conti Eventi"),
    Person("Samuel Adeyemi", "sam@adeyemi-books.example", "Adeyemi Books"),
    Person("Élodie Marchand", "elodie@marchand-deco.example", "Marchand Déco"),
    Person("Peter Novák", "peter@novak-it.example", "Novák IT"),
    Person("Lin Mei", "mei@lotus-kitchen.example", "Lotus Kitchen"),
    Person("Rosa Jiménez", "rosa@casa-rosa.example", "Casa Rosa"),
    Person("Oliver Grant", "oliver@grant-legal.example", "Grant Legal"),
    Person("Ayşe Demir", "ayse@demir-yoga.example", "Demir Yoga"),
    Person("Kwame Boateng", "kwame@boateng-radio.example", "Boateng Radio"),
    Person("Ingrid Holm", "ingrid@holm-museum.example", "Holm Museum"),
    Person("Pavel Dvořák", "pavel@dvorak-print.example", "Dvořák Print"),
    Person("Fatima Zahra", "fatima@zahra-dental.example", "Zahra Dental"),
    Person("Hugo Martins", "hugo@martins-surf.example", "Martins Surf"),
    Person("Emily Carter", "emily@carter-school.example", "Carter School"),
    Person("Yuki Mori", "yuki@mori-design.example", "Mori Design"),
    Person("Stefan Müller", "stefan@mueller-garten.example", "Müller Garten"),
    Person("Anna Kowalska", "anna@kowalska-foto.example", "Kowalska Foto"),
    Person("Ben Achieng", "ben@achieng-tours.example", "Achieng Tours"),
)

ACCOUNTS = (
    Account(SUPPORT_ADDRESS, "demo-support"),
    Account(SALES_ADDRESS, "demo-sales"),
    Account(f"owner@{COMPANY_DOMAIN}", "demo-owner"),
    Account(f"no-reply@{PLATFORM_DOMAIN}", "demo-platform"),
    Account(CATCH_ALL_ADDRESS, "demo-postmaster"),
    *(Account(person.addr_spec, "demo-customer") for person in CORRESPONDENTS),
)

HOSTED_DOMAINS = frozenset(account.addr_spec.partition("@")[2] for account in ACCOUNTS)

_ALIASES = {WHOLESALE_ADDRESS: SALES_ADDRESS}
_ACCOUNTS_BY_ADDRESS = {account.addr_spec: account for account in ACCOUNTS}
_PEOPLE_BY_ADDRESS = {person.addr_spec: person for person in (*CORRESPONDENTS, *STRANGERS)}


def find_account(addr_spec: str) -> Account | None:
    """Return the account of an address or alias; letter case does not matter."""
    address = addr_spec.lower()
    return _ACCOUNTS_BY_ADDRESS.get(_ALIASES.get(address, address))


def authenticate(user_name: str, password: str) -> Account | None:
    """Return the account if the password is right, else None."""
    account = find_account(user_name)
    if account is None or not secrets.compare_digest(account.password.encode(), password.encode(errors="replace")):
        return None
    return account


def is_hosted(addr_spec: str) -> bool:
    """Tell whether this world is the final destination of the address's domain."""
    return addr_spec.lower().rpartition("@")[2] in HOSTED_DOMAINS


def find_answering_person(addr_spec: str) -> Person | None:
    """Return who answers mail to the address: a known person, or somebody invented for an outside address."""
    known = _PEOPLE_BY_ADDRESS.get(addr_spec.lower())
    if known is not None:
        return known
    if is_hosted(addr_spec):
        return None
    local_part = addr_spec.rpartition("@")[0]
    words = local_part.partition("+")[0].replace(".", " ").replace("_", " ").replace("-", " ")
    return Person(words.strip().title() or addr_spec, addr_spec)
