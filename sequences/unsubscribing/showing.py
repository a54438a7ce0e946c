"""An address shown so that its owner knows it, and nobody else learns it: the link may have been handed on."""


def masked(address: str) -> str:
    """Return "a•••@c•••.example" for "ada@customer.example"."""
    local_part, _at, domain = address.rpartition("@")
    name, dot, rest = domain.partition(".")
    return f"{local_part[:1]}•••@{name[:1]}•••{dot}{rest.rpartition('.')[2]}"
