"""Identifiers of rows that the outside sees."""

import uuid

import uuid_utils.compat


def new_id() -> uuid.UUID:
    """Return a version 7 UUID (RFC 9562 §5.7): unguessable, and ordered by time so that indexes grow at one end."""
    return uuid_utils.compat.uuid7()
