"""How long files and results are kept, and that no sweep takes them before."""

from datetime import timedelta

import pytest

from mailboxes import sweeping
from mailhub import clock
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import unscoped
from sequences.importing import forgetting, starting
from sequences.models import Contact, ImportRow
from tests.factories import Cast
from tests.sequences.importing.files import done, people, uploaded

pytestmark = pytest.mark.usefixtures("scope")


def test_the_file_of_an_import_is_no_orphan(cast: Cast) -> None:
    one = uploaded(people(2), cast.owner)

    with unscoped("the storage of every tenant is swept"):
        sweeping.remove_orphans(now=clock.now() + timedelta(days=2))

    assert blobs.get(cast.tenant.pk, one.raw_sha256) == people(2)


def test_after_thirty_days_file_and_rows_are_forgotten_and_the_contacts_stay(cast: Cast) -> None:
    one = done(people(2), cast.owner)

    with unscoped("old imports of every tenant are forgotten"):
        early = forgetting.forget_old(now=clock.now() + timedelta(days=29))
        late = forgetting.forget_old(now=clock.now() + timedelta(days=31))
        sweeping.remove_orphans(now=clock.now() + timedelta(days=32))

    forgotten = one.refreshed()
    assert (early, late) == (0, 1)
    assert forgotten.raw_sha256 == ""
    assert forgotten.counts["created"] == 2
    assert not ImportRow.objects.exists()
    assert Contact.objects.count() == 2
    assert not starting.may_undo(forgotten)
    with pytest.raises(blobs.BlobMissing):
        blobs.get(cast.tenant.pk, one.raw_sha256)
