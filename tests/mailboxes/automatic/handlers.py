"""Handlers that send as the product's do, for tests of the guard alone."""

from functools import partial

from mailboxes.addresses import Address
from mailboxes.automatic import sending
from mailboxes.composing import Composition, CompositionRefused
from mailboxes.identifiers import new_message_id
from mailboxes.models import AutomaticMail
from mailboxes.receiving.received import Next, Received
from mailhub import clock
from servers.models import OutgoingServer

KEEPER = "keeper@archive.example"


def answer(received: Received) -> Next:
    """Answer every mail, as an autoresponder."""
    to = received.mail.from_[0] if received.mail.from_ else Address("", "")
    sending.send(
        received, source=AutomaticMail.Source.AUTORESPONDER, rule_key="", to=to, compose=partial(_composition, to)
    )
    return Next.CONTINUE


def forward(received: Received) -> Next:
    """Pass every mail on."""
    to = Address("", KEEPER)
    sending.send(received, source=AutomaticMail.Source.FORWARD, rule_key="", to=to, compose=partial(_composition, to))
    return Next.CONTINUE


def refuse_to_write(received: Received) -> Next:
    """Try to answer with a mail that cannot be written."""

    def compose(_server: OutgoingServer) -> Composition:
        raise CompositionRefused("The template is broken.")

    source = AutomaticMail.Source.AUTORESPONDER
    sending.send(received, source=source, rule_key="", to=received.mail.from_[0], compose=compose)
    return Next.CONTINUE


def _composition(to: Address, server: OutgoingServer) -> Composition:
    return Composition(
        from_=Address(server.display_name, server.from_address),
        to=(to,),
        subject="We have your message",
        text="Somebody will look at it.",
        message_id=new_message_id("acme.example"),
        date=clock.now(),
    )
