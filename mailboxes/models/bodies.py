"""The text and HTML of a mail, sealed with the data key of its tenant (SPEC T9)."""

import json
from dataclasses import dataclass

from mailhub.tenancy import sealing


@dataclass(frozen=True)
class Body:
    text: str
    html: str


def seal_body(tenant_id: int, row_id: object, body: Body) -> bytes:
    return sealing.seal(tenant_id, json.dumps([body.text, body.html]).encode(), place=f"body|{row_id}")


def open_body(tenant_id: int, row_id: object, sealed: bytes) -> Body:
    """Raise SealBroken when the body belongs to another row."""
    text, html = json.loads(sealing.unseal(tenant_id, bytes(sealed), place=f"body|{row_id}"))
    return Body(text=text, html=html)
