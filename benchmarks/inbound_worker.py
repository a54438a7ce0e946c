"""Makes four mailboxes and prints how fast one thread stores letters without any protocol, then their addresses."""

import sys
import time

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from benchmarks.mails import mixed  # noqa: E402
from mailboxes.inbound import taking_in  # noqa: E402
from mailboxes.inbound.letters import Destination, Letter  # noqa: E402
from mailhub import clock  # noqa: E402
from tests.factories import make_mailbox, make_tenant  # noqa: E402


def main() -> None:
    count = int(sys.argv[1])
    call_command("migrate", verbosity=0)
    aside, *mailboxes = [make_mailbox(make_tenant()) for _ in range(5)]
    destination = Destination(aside.tenant_id, aside.pk, is_active=True)
    mails = list(mixed(count // 4, to=aside.direct_address, answered=[], seed=2))
    began = time.monotonic()
    for raw in mails:
        taking_in.take_in(Letter(destination, "", aside.direct_address, raw, clock.now()))
    print(f"{len(mails) / (time.monotonic() - began):.0f}")
    for mailbox in mailboxes:
        print(mailbox.direct_address)


if __name__ == "__main__":
    main()
