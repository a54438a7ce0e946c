"""Runs localstripe on loopback only, which its own command cannot: a process of its own, apart from everything else.

usage: python stripe_program.py PORT
"""

import sys
from typing import Any

from aiohttp import web
from localstripe import resources, server  # type: ignore[import-untyped]

# Parameters of Stripe that it refuses instead of passing over.
_UNKNOWN_THERE = ("description",)


def main() -> None:
    """Serve until somebody ends the process; nothing is written to disk."""
    read = server.get_post_data

    async def read_what_is_known(request: Any, *args: Any, **kwargs: Any) -> Any:
        form = await read(request, *args, **kwargs)
        return {name: value for name, value in form.items() if name not in _UNKNOWN_THERE} if form else form

    server.get_post_data = read_what_is_known
    resources.store.dump_to_disk = lambda: None
    web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)


if __name__ == "__main__":
    main()
