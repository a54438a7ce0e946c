"""Workers that die in the middle of an import of contacts: no row is written twice, and none is missing."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from mailhub.tenancy.scope import tenant_scope, unscoped
from sequences import tasks
from sequences.importing import claiming, starting
from sequences.models import Contact, ContactChange, ContactImport, ImportRow
from tests.factories import make_person, make_tenant
from tests.reliability.workers import Runner
from tests.sequences.importing.files import people, tried

pytestmark = pytest.mark.django_db(transaction=True)

# More than two batches.
ROWS = 1_100


def test_killed_importers_leave_each_row_once_and_are_taken_over(runner: Runner) -> None:
    owner = make_person(make_tenant())
    one = tried(people(ROWS), owner)
    task = tasks.work_on_import.name
    with tenant_scope(owner.tenant_id):
        starting.run(one)

        for point, through in (
            ("import.before_commit", 0),
            ("import.batch_written", 500),
            ("import.before_commit", 500),
            ("import.batch_written", 1_000),
        ):
            assert runner.is_killed(task, owner.tenant_id, one.pk, failpoint=point)
            assert one.refreshed().done_count == through
            # While the dead one's lease lasts, nobody else begins.
            assert runner.works(task, owner.tenant_id, one.pk)
            assert one.refreshed().done_count == through
            _let_the_lease_end()
        with unscoped("the sweep looks at every tenant"):
            assert claiming.waiting() == {(owner.tenant_id, one.pk)}
        assert runner.works(task, owner.tenant_id, one.pk)

        finished = one.refreshed()
        assert finished.state == ContactImport.State.DONE
        assert finished.counts == {"created": ROWS, "barred": 0}
        assert Contact.objects.count() == ContactChange.objects.count() == ROWS
        assert ImportRow.objects.filter(contact_import=one).count() == ROWS


def _let_the_lease_end() -> None:
    ContactImport.objects.update(lease_until=Now() - timedelta(seconds=1))
