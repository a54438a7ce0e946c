"""localstripe: a ready-made server that speaks much of Stripe's API, in a process of its own."""

import json
import shutil
import socket
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from tests.realservers.programs import HOST, Program, free_port, short_directory

SECRET_KEY = "sk_test_CANARY70ca1"

# Cards that it knows: one that pays, one that is refused when it is charged.
GOOD_CARD, REFUSED_CARD = "4242424242424242", "4000000000000341"


class StripeLoopback:
    """A private server that keeps nothing on disk."""

    def __init__(self) -> None:
        """Choose a port; nothing runs before `start`."""
        self._root = short_directory()
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Start and wait until its port is open; raise NotStartedError when it does not open."""
        program = Path(__file__).with_name("stripe_program.py")
        self._program = Program([sys.executable, program, str(self.port)], log=self._root / "server.log")
        self._program.wait_for(self._answers)

    def stop(self) -> None:
        """End the server."""
        self._program.stop()
        shutil.rmtree(self._root)

    def give_card(self, customer: str, number: str = GOOD_CARD) -> str:
        """Attach a card to a customer, as the hosted page would that this server lacks; return its reference."""
        card = {"card[number]": number, "card[exp_month]": "4", "card[exp_year]": "2031", "card[cvc]": "123"}
        method = self.ask("/v1/payment_methods", {"type": "card", **card})
        self.ask(f"/v1/payment_methods/{method['id']}/attach", {"customer": customer})
        return str(method["id"])

    def tell(self, address: str, *, secret: str) -> None:
        """Have it send signed events to an address of ours."""
        body = json.dumps({"url": address, "secret": secret}).encode()
        self._send("/_config/webhooks/ours", body, "application/json")

    def ask(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        """Post to its API."""
        said = self._send(path, urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded")
        answer: dict[str, Any] = json.loads(said)
        return answer

    def _send(self, path: str, body: bytes, content_type: str) -> bytes:
        headers = {"Authorization": f"Bearer {SECRET_KEY}", "Content-Type": content_type}
        request = urllib.request.Request(f"{self.url}{path}", body, headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            said: bytes = answer.read()
            return said

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=3):
                return True
        except OSError:
            return False
