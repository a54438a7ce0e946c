"""An OAuth 2.0 authorization server behind TLS: tokens by all four grants, PKCE, rotation, and refusals on request.

The access tokens that it gives are those that the test mail servers accept, because both ask the same directory.
"""

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.realservers.certificates import Certificates
from tests.realservers.directory import Directory
from tests.realservers.programs import HOST

CLIENT_ID = "mailhub-client"
CLIENT_SECRET = "client-CANARY-7d1e"
DIRECTORY = "0f1e2d3c-0000-4000-8000-00000000abcd"


@dataclass(frozen=True)
class Answer:
    """What the token endpoint says."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(error: str, description: str = "", *, status: int = 400, **headers: str) -> Answer:
    """Return an error as RFC 6749 §5.2 has it."""
    said = {"error": error, "error_description": description} if description else {"error": error}
    return Answer(status, json.dumps(said).encode(), {name.replace("_", "-"): text for name, text in headers.items()})


@dataclass(frozen=True)
class _Code:
    """An authorization code that was given out, and what it may be redeemed with."""

    address: str
    redirect_uri: str
    client_id: str
    challenge: str
    nonce: str


class TokenServer:
    """A running server. The attributes say how it behaves; they may be changed between requests."""

    def __init__(self, certificates: Certificates, directory: Directory) -> None:
        self._directory = directory
        self._refresh_tokens: dict[str, str] = {}
        self._codes: dict[str, _Code] = {}
        self._lock = threading.Lock()
        # What the clients posted, in its order.
        self.requests: list[dict[str, str]] = []
        self.paths: list[str] = []
        # One for each request to come, then `refuses` for all further ones.
        self.refuses_next: list[Answer] = []
        self.refuses: Answer | None = None
        self.delay_seconds = 0.0
        self.rotates = True
        self.lifetime_seconds = 3600
        # Whose mailbox a client without a user opens, and who consents in the browser.
        self.application_opens = ""
        self.consenting = ""
        self.claims: dict[str, Any] = {}
        self._http = _Http((HOST, 0), self)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.certificate_file, certificates.key_file)
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.port = int(self._http.server_address[1])
        self.url = f"https://{HOST}:{self.port}"
        self.ca_file = str(certificates.ca_file)

    def start(self) -> None:
        """Answer from threads."""
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Close the port."""
        self._http.shutdown()
        self._http.server_close()

    @property
    def token_endpoint(self) -> str:
        return f"{self.url}/token"

    @property
    def endpoints(self) -> dict[str, dict[str, Any]]:
        """What OAUTH_ENDPOINTS says, so that Gmail and Office365 are asked here."""
        return {
            "gmail": {
                "token": f"{self.url}/token",
                "authorization": f"{self.url}/authorize",
                "issuer": self.url,
            },
            "office365": {
                "token": f"{self.url}/{{directory}}/oauth2/v2.0/token",
                "authorization": f"{self.url}/{{directory}}/oauth2/v2.0/authorize",
                "issuer": f"{self.url}/{{tid}}/v2.0",
            },
        }

    def new_refresh_token(self, address: str) -> str:
        """Return a refresh token for the account."""
        token = f"refresh-CANARY-{secrets.token_urlsafe(16)}"
        self._refresh_tokens[token] = address
        return token

    def accepts(self, refresh_token: str) -> bool:
        """Say whether the refresh token is good: one that was rotated is not."""
        return refresh_token in self._refresh_tokens

    def consent(self, address: str) -> dict[str, str]:
        """Take the person at `consenting` to the authorization address and back; return what comes with them."""
        parts = urllib.parse.urlsplit(address)
        asked = dict(urllib.parse.parse_qsl(parts.query))
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = _Code(
            self.consenting, asked["redirect_uri"], asked["client_id"], asked["code_challenge"], asked["nonce"]
        )
        return {"code": code, "state": asked["state"], "iss": self._issuer_of(parts.path)}

    # What the endpoint does

    def answer(self, path: str, form: dict[str, str]) -> Answer:
        """Return the answer to one request, of whatever kind."""
        with self._lock:
            self.requests.append(form)
            self.paths.append(path)
            refused = self.refuses_next.pop(0) if self.refuses_next else self.refuses
        if self.delay_seconds:
            time.sleep(self.delay_seconds)
        if refused is not None:
            return refused
        if form.get("client_id") != CLIENT_ID:
            return refusal("invalid_client", "No such client.", status=401)
        with self._lock:
            return self._granted(path, form)

    def _granted(self, path: str, form: dict[str, str]) -> Answer:
        grant = form.get("grant_type")
        # A client that acts for a user by a password needs no secret of its own.
        if grant != "password" and form.get("client_secret") != CLIENT_SECRET:
            return refusal("invalid_client", f"Wrong client secret {form.get('client_secret', '')}.", status=401)
        if grant == "refresh_token":
            return self._refreshed(form["refresh_token"])
        if grant == "password":
            if not self._directory.accepts(form["username"], form["password"]):
                return refusal("invalid_grant", f"AADSTS50126: wrong password {form['password']}. Trace ID: 4711")
            return self._tokens(form["username"])
        if grant == "client_credentials":
            return self._tokens(self.application_opens)
        if grant == "authorization_code":
            return self._redeemed(path, form)
        return refusal("unsupported_grant_type")

    def _refreshed(self, refresh_token: str) -> Answer:
        address = self._refresh_tokens.get(refresh_token)
        if address is None:
            return refusal("invalid_grant", f"The token {refresh_token} was revoked.")
        if not self.rotates:
            return self._tokens(address)
        del self._refresh_tokens[refresh_token]
        return self._tokens(address, refresh_token=self.new_refresh_token(address))

    def _redeemed(self, path: str, form: dict[str, str]) -> Answer:
        code = self._codes.pop(form["code"], None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if code is None or (code.redirect_uri, code.challenge) != (form["redirect_uri"], proof):
            return refusal("invalid_grant", "The code is not valid.")
        claims = {
            "iss": self._issuer_of(path),
            "aud": code.client_id,
            "exp": int(time.time()) + 300,
            "nonce": code.nonce,
            "email": code.address,
            "email_verified": True,
            "preferred_username": code.address,
            **({"tid": DIRECTORY} if "/oauth2/" in path else {}),
            **self.claims,
        }
        refresh_token = self.new_refresh_token(code.address)
        return self._tokens(code.address, refresh_token=refresh_token, id_token=_unsigned(claims))

    def _tokens(self, address: str, **more: str) -> Answer:
        given = {
            "access_token": self._directory.new_token(address),
            "token_type": "Bearer",
            "expires_in": self.lifetime_seconds,
            **more,
        }
        return Answer(200, json.dumps(given).encode())

    def _issuer_of(self, path: str) -> str:
        return f"{self.url}/{DIRECTORY}/v2.0" if "/oauth2/" in path else self.url


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], tokens: TokenServer) -> None:
        super().__init__(address, _Requests)
        self.tokens = tokens

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that do not trust us leave in the middle."""


class _Requests(BaseHTTPRequestHandler):
    server: _Http
    timeout = 10

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        answer = self.server.tokens.answer(self.path, dict(urllib.parse.parse_qsl(body)))
        self._send(answer)

    def do_GET(self) -> None:
        """Be the page of consent, where the person says yes at once."""
        given = self.server.tokens.consent(f"{self.server.tokens.url}{self.path}")
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        self._send(Answer(302, b"", {"Location": f"{asked['redirect_uri']}?{urllib.parse.urlencode(given)}"}))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Say nothing: the tests look at `requests`."""


def _unsigned(claims: Mapping[str, Any]) -> str:
    """Return an ID token; its signature counts for nothing where it comes over TLS (OpenID Connect Core §3.1.3.7)."""
    parts = [json.dumps({"alg": "RS256"}), json.dumps(claims)]
    return ".".join([base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts] + ["c2ln"])
