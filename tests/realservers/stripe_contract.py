"""A small payment provider on loopback that keeps Stripe's public contract, as far as we speak it.

It knows what the ready-made one lacks: checkout sessions with a page that a test fills in, idempotency keys (the same
key and parameters give the saved answer, other parameters an error), cards that want to hear from their holder, and
events that are signed, sent twice, late, or by somebody else. What was asked is kept, so that the wire can be seen.
"""

import hashlib
import hmac
import itertools
import json
import threading
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.realservers.programs import HOST

SECRET_KEY = "sk_test_CANARY5c1de0key"
WEBHOOK_SECRET = "whsec_CANARY5c1de0events"


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str]


@dataclass
class TestCard:
    """A card that a test types into a page of the provider, and how its bank answers."""

    __test__ = False

    last4: str = "4242"
    brand: str = "visa"
    exp_month: int = 4
    exp_year: int = 2031
    # The code of the error with which charges are refused; empty for a card that pays.
    refuses_with: str = ""


class _Refused(Exception):
    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.status = status
        self.error = error


@dataclass
class ContractServer:
    """A running provider. The attributes say how it behaves, and what it was asked."""

    asked: list[Asked] = field(default_factory=list)
    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    methods: dict[str, dict[str, Any]] = field(default_factory=dict)
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    cards: dict[str, TestCard] = field(default_factory=dict)
    # One for each request to come: raised after the work was done, so that the answer is lost.
    loses_answers: int = 0
    # Statuses of requests to come that are refused before anything is done.
    fails_with: list[int] = field(default_factory=list)
    # Of a charge, so that several are under way at once.
    delay_seconds: float = 0.0

    def __post_init__(self) -> None:
        self._saved: dict[str, tuple[str, int, dict[str, Any]]] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        self._http = _Http((HOST, 0), self)
        self.port = int(self._http.server_address[1])
        self.url = f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Answer from threads."""
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Close the port."""
        self._http.shutdown()
        self._http.server_close()

    @property
    def charges(self) -> list[dict[str, Any]]:
        """What was really taken from cards."""
        return [one for one in self.intents.values() if one["status"] == "succeeded"]

    # What a person does on the provider's pages

    def give_card(self, page: str, card: TestCard | None = None) -> str:
        """Fill in the page of a session that wants a card; return the address that the person is led back to."""
        session = self.sessions[page]
        assert (session["mode"], session["status"]) == ("setup", "open")
        method = self._new_method(card or TestCard(), session["customer"])
        session["setup_intent"] = {"id": self._id("seti"), "status": "succeeded", "payment_method": method}
        session["status"] = "complete"
        return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", page)

    def pay(self, page: str, card: TestCard | None = None) -> str:
        """Fill in the page of a session that wants money, and confirm it to the bank; return where the person goes."""
        session = self.sessions[page]
        assert (session["mode"], session["status"]) == ("payment", "open")
        intent = self._new_intent(
            session["amount_total"], session["currency"], session["customer"], session["_written"]
        )
        if (card or TestCard()).refuses_with == "card_declined":
            self._refuse(intent, "card_declined")
            return ""
        intent["status"] = "succeeded"
        session.update(status="complete", payment_status="paid", payment_intent=intent["id"])
        return str(session["success_url"])

    # What it tells

    def event(self, kind: str, thing: Mapping[str, Any], *, event_id: str = "", created: int = 0) -> bytes:
        """Return the body of an event about an object."""
        said = {
            "id": event_id or self._id("evt"),
            "object": "event",
            "type": kind,
            "created": created or int(time.time()),
            "data": {"object": _shown(thing)},
        }
        return json.dumps(said).encode()

    # What the API does

    def answer(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """Return status and body of the answer to one request."""
        with self._lock:
            self.asked.append(asked)
            if asked.headers.get("authorization") != f"Bearer {SECRET_KEY}":
                sent = asked.headers.get("authorization", "")
                return 401, _error("invalid_request_error", f"Invalid API Key provided: {sent}")
            if self.fails_with:
                return self.fails_with.pop(0), _error("api_error", "Something went wrong at the provider.")
        if asked.method == "POST" and self.delay_seconds:
            time.sleep(self.delay_seconds)
        with self._lock:
            return self._once(asked)

    def _once(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """Answer as the first time for a key that was seen, and refuse one that comes with something else."""
        key = asked.headers.get("idempotency-key", "")
        wire = json.dumps([asked.path, sorted(asked.form.items())])
        if asked.method == "POST" and key in self._saved:
            before, status, body = self._saved[key]
            if before == wire:
                return status, body
            words = f"Keys for idempotent requests can only be used with the same parameters. Key: {key}"
            return 400, _error("idempotency_error", words)
        try:
            status, body = 200, self._do(asked)
        except _Refused as refused:
            status, body = refused.status, {"error": refused.error}
        if asked.method == "POST" and key:
            # As it was then, whatever becomes of it.
            body = json.loads(json.dumps(body))
            self._saved[key] = (wire, status, body)
        return status, body

    def _do(self, asked: Asked) -> dict[str, Any]:
        parts = asked.path.removeprefix("/v1/").split("/")
        match (asked.method, parts):
            case "POST", ["customers"]:
                made = {"id": self._id("cus"), "object": "customer", **_nested(asked.form)}
                self.customers[made["id"]] = made
                return made
            case "POST", ["checkout", "sessions"]:
                return _shown(self._new_session(_nested(asked.form)))
            case "GET", ["checkout", "sessions", reference]:
                return _shown(_known(self.sessions, reference))
            case "POST", ["checkout", "sessions", reference, "expire"]:
                return _shown(self._expire(_known(self.sessions, reference)))
            case "POST", ["payment_intents"]:
                return self._charge(_nested(asked.form))
            case "GET", ["payment_intents"]:
                mine = [one for one in self.intents.values() if one["customer"] == asked.form["customer"]]
                return {"object": "list", "data": mine, "has_more": False, "url": "/v1/payment_intents"}
            case "GET", ["payment_intents", reference]:
                return _known(self.intents, reference)
            case "POST", ["payment_intents", reference, "cancel"]:
                return self._cancel(_known(self.intents, reference))
            case "POST", ["payment_methods", reference, "detach"]:
                return self._detach(_known(self.methods, reference))
            case "POST", ["refunds"]:
                return self._refund(_nested(asked.form))
            case "GET", ["refunds"]:
                gone = [one for one in self.refunds.values() if one["payment_intent"] == asked.form["payment_intent"]]
                return {"object": "list", "data": gone, "has_more": False, "url": "/v1/refunds"}
            case "GET", ["refunds", reference]:
                return _known(self.refunds, reference)
        raise _Refused(404, _error("invalid_request_error", f"Unrecognized request URL: {asked.path}")["error"])

    def _new_session(self, form: dict[str, Any]) -> dict[str, Any]:
        _known(self.customers, form["customer"])
        reference = self._id("cs_test")
        session: dict[str, Any] = {
            "id": reference,
            "object": "checkout.session",
            "mode": form["mode"],
            "status": "open",
            "payment_status": "unpaid" if form["mode"] == "payment" else "no_payment_required",
            "customer": form["customer"],
            "url": f"{self.url}/page/{reference}",
            "success_url": form["success_url"],
            "metadata": form.get("metadata", {}),
            "payment_intent": None,
            "setup_intent": None,
        }
        if form["mode"] == "payment":
            price = form["line_items"]["0"]["price_data"]
            session["amount_total"], session["currency"] = int(price["unit_amount"]), price["currency"]
            session["_written"] = form["payment_intent_data"]["metadata"]
            assert time.time() + 30 * 60 - 5 <= int(form["expires_at"]) <= time.time() + 24 * 3600
        self.sessions[reference] = session
        return session

    def _expire(self, session: dict[str, Any]) -> dict[str, Any]:
        if session["status"] != "open":
            raise _invalid('Only Checkout Sessions with a status in ["open"] can be expired.')
        session["status"] = "expired"
        return session

    def _charge(self, form: dict[str, Any]) -> dict[str, Any]:
        method = _known(self.methods, form["payment_method"])
        if method["customer"] != form["customer"]:
            raise _invalid("The customer does not have a payment method with this ID.")
        assert (form["confirm"], form["off_session"]) == ("true", "true")
        intent = self._new_intent(int(form["amount"]), form["currency"], form["customer"], form["metadata"])
        refuses_with = self.cards[method["id"]].refuses_with
        if refuses_with:
            error = self._refuse(intent, refuses_with)
            raise _Refused(402, {**error, "type": "card_error", "payment_intent": intent})
        intent["status"] = "succeeded"
        return intent

    def _refuse(self, intent: dict[str, Any], code: str) -> dict[str, Any]:
        error = {"code": code, "message": _WORDS[code]}
        intent.update(status="requires_payment_method", last_payment_error=error)
        return error

    def _cancel(self, intent: dict[str, Any]) -> dict[str, Any]:
        if intent["status"] in ("succeeded", "canceled"):
            raise _invalid(f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.")
        intent["status"] = "canceled"
        return intent

    def _detach(self, method: dict[str, Any]) -> dict[str, Any]:
        if method["customer"] is None:
            raise _invalid("The payment method you provided is not attached to a customer.")
        method["customer"] = None
        return method

    def _refund(self, form: dict[str, Any]) -> dict[str, Any]:
        intent = _known(self.intents, form["payment_intent"])
        gone = sum(one["amount"] for one in self.refunds.values() if one["payment_intent"] == intent["id"])
        if intent["status"] != "succeeded" or gone + int(form["amount"]) > intent["amount"]:
            raise _invalid("Refund amount is greater than unrefunded amount on charge.")
        made = {
            "id": self._id("re"),
            "object": "refund",
            "status": "succeeded",
            "amount": int(form["amount"]),
            "payment_intent": intent["id"],
            "metadata": form["metadata"],
        }
        self.refunds[made["id"]] = made
        return made

    def _new_intent(self, amount: int, currency: str, customer: str, written: dict[str, Any]) -> dict[str, Any]:
        intent: dict[str, Any] = {
            "id": self._id("pi"),
            "object": "payment_intent",
            "status": "processing",
            "amount": amount,
            "currency": currency,
            "customer": customer,
            "metadata": written,
            "created": int(time.time()),
            "last_payment_error": None,
        }
        self.intents[intent["id"]] = intent
        return intent

    def _new_method(self, card: TestCard, customer: str) -> dict[str, Any]:
        shown = {name: getattr(card, name) for name in ("last4", "brand", "exp_month", "exp_year")}
        made: dict[str, Any] = {"id": self._id("pm"), "object": "payment_method", "customer": customer, "card": shown}
        self.methods[made["id"]], self.cards[made["id"]] = made, card
        return made

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers):06}"


def sign(body: bytes, *, secret: str = WEBHOOK_SECRET, at: float | None = None) -> str:
    """Return the header Stripe-Signature of an event, signed now or at another time."""
    moment = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def _nested(form: Mapping[str, str]) -> dict[str, Any]:
    """Return a form with `a[b][c]` as dictionaries."""
    tree: dict[str, Any] = {}
    for name, value in form.items():
        *outer, last = name.replace("]", "").split("[")
        place = tree
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value
    return tree


def _shown(thing: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if not name.startswith("_")}


def _known(rows: Mapping[str, dict[str, Any]], reference: str) -> dict[str, Any]:
    if reference not in rows:
        raise _Refused(404, {"type": "invalid_request_error", "message": f"No such object: '{reference}'"})
    return rows[reference]


def _invalid(words: str) -> _Refused:
    return _Refused(400, {"type": "invalid_request_error", "message": words})


def _error(kind: str, words: str) -> dict[str, Any]:
    return {"error": {"type": kind, "message": words}}


_WORDS = {
    "card_declined": "Your card was declined.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], provider: ContractServer) -> None:
        super().__init__(address, _Requests)
        self.provider = provider

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients leave in the middle."""


class _Requests(BaseHTTPRequestHandler):
    server: _Http
    timeout = 10

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self._answer("POST", self.path, body)

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path.startswith("/page/"):
            self._send(200, b"<!doctype html><title>Stripe</title><h1>A page of the payment provider</h1>", "text/html")
            return
        self._answer("GET", path, query)

    def _answer(self, method: str, path: str, form: str) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, body = self.server.provider.answer(Asked(method, path, headers, dict(urllib.parse.parse_qsl(form))))
        if method == "POST" and self.server.provider.loses_answers:
            self.server.provider.loses_answers -= 1
            self.close_connection = True
            return
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Say nothing: the tests look at `asked`."""
