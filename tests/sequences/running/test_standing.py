"""Sequences of an account that does not pay: they stand still, lose nothing, and go on at once (SPEC B5)."""

from datetime import timedelta

import pytest

from billing.dunning.reviewing import review
from billing.models import Issuer, Subscription
from billing.paying import settling
from mailhub import clock
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope, unscoped
from mailhub.tenancy.standing import Standing
from sequences.models import Enrollment, Sequence, StepSend
from sequences.running import claiming, due_times, submitting, tasks, working
from sequences.running.accounts import Account
from sequences.showing.listing import EnrollmentFilters, page_of
from sequences.starting.checks import checks_of
from sequences.starting.verdicts import Verdict
from tests.billing.dunning.invoices import make_invoice
from tests.factories import Cast, make_cast, signed_in
from tests.sequences.factories import Mail, enroll, make_contact, make_marketing_mailbox, make_sequence
from tests.sequences.sending import run

pytestmark = pytest.mark.django_db

NOW = clock.now() + timedelta(hours=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def sequence(cast: Cast) -> Sequence:
    return make_sequence(make_marketing_mailbox(cast.tenant), author=cast.owner, steps=[Mail(), Mail(delay=3)])


@pytest.fixture
def enrollment(sequence: Sequence) -> Enrollment:
    return enroll(sequence, make_contact(sequence.tenant))


def let_stand(cast: Cast, standing: Standing) -> None:
    Tenant.objects.filter(pk=cast.tenant.pk).update(standing=standing)


def mails(cast: Cast) -> int:
    with tenant_scope(cast.tenant.pk):
        return StepSend.objects.count()


@pytest.mark.parametrize("standing", [Standing.SEQUENCES_STOPPED, Standing.READ_ONLY])
def test_nothing_is_submitted_and_every_contact_keeps_its_place(
    cast: Cast, enrollment: Enrollment, standing: Standing
) -> None:
    let_stand(cast, standing)

    run(cast.tenant, now=NOW)

    with tenant_scope(cast.tenant.pk):
        kept = enrollment.refreshed()
    assert mails(cast) == 0
    assert (kept.state, kept.due_at, kept.step_id) == (Enrollment.State.ACTIVE, enrollment.due_at, enrollment.step_id)


def test_an_account_that_is_merely_overdue_goes_on_sending(cast: Cast, enrollment: Enrollment) -> None:
    let_stand(cast, Standing.OVERDUE)

    run(cast.tenant, now=NOW)

    assert mails(cast) == 1


def test_the_clock_does_not_ring_for_accounts_that_stand_still(
    cast: Cast, enrollment: Enrollment, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_sequence(make_marketing_mailbox(cast.other_tenant), author=cast.stranger)
    enroll(other, make_contact(cast.other_tenant))
    let_stand(cast, Standing.SEQUENCES_STOPPED)
    rung: list[int] = []
    monkeypatch.setattr(tasks.run_sequences, "ring", rung.append)

    tasks.run_due.run()

    assert rung == [cast.other_tenant.pk]


def test_a_worker_that_claimed_before_submits_nothing_after_the_account_was_stopped(
    cast: Cast, enrollment: Enrollment
) -> None:
    with tenant_scope(cast.tenant.pk):
        [claimed] = claiming.claim(enrollment.sequence_id, limit=5, now=NOW)
        account = Account.load(cast.tenant.pk)
        let_stand(cast, Standing.SEQUENCES_STOPPED)

        submitting.run(claimed, account, {}, now=NOW)

        assert StepSend.objects.count() == 0
        assert enrollment.refreshed().state == Enrollment.State.ACTIVE


def test_a_payment_lets_the_next_tick_send(cast: Cast, enrollment: Enrollment) -> None:
    Issuer.objects.update(sequences_stop_days=21, read_only_days=35)
    with tenant_scope(cast.tenant.pk):
        invoice = make_invoice(Subscription.objects.get(), due_on=NOW.date() - timedelta(days=25))
        review(cast.tenant.pk, now=NOW)
        stopped = working.run_due(cast.tenant.pk, now=lambda: NOW)
        before = StepSend.objects.count()

        settling.book(invoice.pk, invoice.total_minor, now=NOW)
        working.run_due(cast.tenant.pk, now=lambda: NOW)

    assert (stopped, before, mails(cast)) == (False, 0, 1)


def test_going_on_moves_what_became_due_meanwhile_apart(
    cast: Cast, sequence: Sequence, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    for _number in range(30):
        enroll(sequence, make_contact(cast.tenant), due_at=NOW - timedelta(days=3))
    Issuer.objects.update(sequences_stop_days=21, read_only_days=35)
    rung: list[object] = []
    monkeypatch.setattr(tasks.replan, "ring", lambda *ids: rung.append(ids))
    with tenant_scope(cast.tenant.pk):
        invoice = make_invoice(Subscription.objects.get(), due_on=NOW.date() - timedelta(days=25))
        review(cast.tenant.pk, now=NOW)
        settling.book(invoice.pk, invoice.total_minor, now=NOW)

        due_times.replan(sequence.pk, now=NOW)

        moments = set(Enrollment.objects.values_list("due_at", flat=True))
    assert rung == [(cast.tenant.pk, sequence.pk)]
    assert len(moments) > 20
    assert min(moments) >= NOW


def test_no_tenant_is_found_twice_and_all_are_found_again_after_paying(cast: Cast, enrollment: Enrollment) -> None:
    let_stand(cast, Standing.READ_ONLY)
    with unscoped("a test asks for all"):
        stopped = claiming.tenants_with_due(now=NOW)
    let_stand(cast, Standing.GOOD)
    with unscoped("a test asks for all"):
        again = claiming.tenants_with_due(now=NOW)

    assert (stopped, again) == ([], [cast.tenant.pk])


def test_each_contact_is_shown_as_waiting_for_the_invoice(
    cast: Cast, sequence: Sequence, enrollment: Enrollment
) -> None:
    let_stand(cast, Standing.SEQUENCES_STOPPED)
    owner = type(cast.owner).objects.select_related("tenant", "user").get(pk=cast.owner.pk)

    with tenant_scope(cast.tenant.pk):
        [row] = page_of(sequence, owner, EnrollmentFilters(), now=NOW).rows
    page = signed_in(cast.owner).get(f"/sequences/{sequence.pk}/contacts/")

    assert (row.standing.kind, row.standing.lead, row.standing.because) == ("waits", "Waits", "an invoice is overdue")
    assert "an invoice is overdue" in page.content.decode()


def test_the_check_list_says_so_and_lets_a_person_start_anyway(cast: Cast, sequence: Sequence) -> None:
    let_stand(cast, Standing.SEQUENCES_STOPPED)

    with tenant_scope(cast.tenant.pk):
        first = checks_of(sequence, by=cast.member, now=NOW)[0]

    assert (first.title, first.verdict, first.fix) == ("Invoices", Verdict.WARNING, None)
    assert "overdue" in first.words


def test_the_check_list_says_nothing_of_invoices_where_all_is_paid(cast: Cast, sequence: Sequence) -> None:
    with tenant_scope(cast.tenant.pk):
        titles = [one.title for one in checks_of(sequence, by=cast.owner, now=NOW)]

    assert "Invoices" not in titles
