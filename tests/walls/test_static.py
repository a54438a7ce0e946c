"""What the source may not contain (SECURITY section 5, net 5)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from mailhub.tenancy.rows import TenantManager, TenantModel

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for package in ("mailhub", "billing", "servers", "mailboxes", "sequences")
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)

# Files that go around the managers, and why.
ALLOWED = {
    "billing/invoicing/numbering.py": "takes a number of an issuer, which is no tenant's row, in one statement",
    "mailboxes/searching/postgres.py": "tells the planner which way to look up words; the statement is the manager's",
    "mailboxes/searching/sqlite.py": "the full-text engine of SQLite has tables that no model describes",
    "mailhub/tenancy/composite_keys.py": "installs the composite keys and asks the catalogue which are there",
    "mailhub/tenancy/updating.py": "writes many rows in one statement, and names the tenant in it",
    "mailhub/tenancy/row_security.py": "installs the policies and asks the catalogue which are there",
    "mailhub/shell/health.py": "asks whether the database answers",
}
# Where the scope is left, and how often.
UNSCOPED = {
    "billing/closing/due.py": 1,
    "billing/dunning/tasks.py": 1,
    "billing/invoicing/tasks.py": 1,
    "billing/paying/tasks.py": 2,
    "mailboxes/automatic/hosted.py": 1,
    "mailboxes/inbound/taking_in.py": 1,
    "mailboxes/noticing.py": 2,
    "mailboxes/notifying/tasks.py": 1,
    "mailboxes/platform_sending.py": 2,
    "mailboxes/reply_tasks.py": 1,
    "mailboxes/tasks.py": 5,
    "mailhub/operator/site.py": 1,
    "mailhub/tenancy/apps.py": 1,
    "mailhub/tenancy/inviting.py": 1,
    "mailhub/tenancy/postgresql/base.py": 1,
    "servers/watching/watcher.py": 1,
    "sequences/limits/sweeping.py": 1,
    "sequences/running/tasks.py": 2,
    "sequences/tasks.py": 3,
    "sequences/views/tracking.py": 2,
    "sequences/unsubscribing/finding.py": 1,
}
GLOBAL_MODELS = {
    "tenancy.Tenant": "is the account itself",
    "tenancy.DataKey": "opens the rows of an account, so it is asked for before any of them",
    "billing.Plan": "is sold to every account",
    "billing.Issuer": "bills every account",
    "billing.TaxRate": "is a law",
    "billing.GatewayEvent": "is an id and a time, and comes before one knows whose it is",
    "tenancy.User": "may belong to several accounts",
    "tenancy.Membership": "is looked up before a scope is open",
    "pulse.Heartbeat": "belongs to the installation",
    "admin.LogEntry": "is what the operator did, and says which row and why",
    "auth.Permission": "Django's, not used",
    "auth.Group": "Django's, not used",
    "contenttypes.ContentType": "Django's",
    "sessions.Session": "Django's",
    "account.EmailAddress": "belongs to a person",
    "account.EmailConfirmation": "belongs to a person",
    "mfa.Authenticator": "belongs to a person",
    "people.SignedInBrowser": "belongs to a person",
    "people.Presence": "belongs to a membership",
}


def test_every_model_belongs_to_a_tenant_or_is_listed_as_global() -> None:
    others = {model._meta.label for model in apps.get_models() if not issubclass(model, TenantModel)}

    assert others == set(GLOBAL_MODELS)


@pytest.mark.parametrize("model", [one for one in apps.get_models() if issubclass(one, TenantModel)])
def test_every_manager_of_a_tenant_model_is_scoped(model: type[TenantModel]) -> None:
    assert all(isinstance(one, TenantManager) for one in model._meta.managers)
    assert isinstance(model._default_manager, TenantManager)
    assert model._meta.base_manager_name is None


def test_nothing_goes_around_the_managers() -> None:
    found = {_name(path) for path in SOURCES for _node in _ways_around(ast.parse(path.read_text()))}

    assert found == set(ALLOWED)


def test_the_scope_is_left_only_where_it_is_listed() -> None:
    counts = {_name(path): len(list(_calls_of(ast.parse(path.read_text()), "unscoped"))) for path in SOURCES}

    assert {name: count for name, count in counts.items() if count} == UNSCOPED


@pytest.mark.parametrize(
    "source", ["Mailbox._base_manager.all()", "Mailbox.objects.raw('SELECT 1')", "connection.cursor()"]
)
def test_the_net_catches_a_way_around(source: str) -> None:
    assert list(_ways_around(ast.parse(source)))


def test_a_mail_gives_its_raw_bytes_all_the_same() -> None:
    assert not list(_ways_around(ast.parse("message.raw()")))


def _ways_around(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "_base_manager":
            yield node
        elif isinstance(node, ast.Call):
            name = _called(node)
            # `message.raw()` reads a mail; a query set's raw() takes SQL.
            if name in ("RawSQL", "cursor") or (name in ("raw", "extra") and (node.args or node.keywords)):
                yield node


def _calls_of(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) == name:
            yield node


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
