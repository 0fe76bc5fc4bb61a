"""The console as a process: `python -m anbu.console.server [PORT]`."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

import uvicorn

from anbu.console.app import build_app
from anbu.log import configure_logging
from anbu.settings import settings
from anbu.store.session import migrate


def server(port: int | None = None, host: str = "127.0.0.1") -> uvicorn.Server:
    """A server for the console. The version of the websockets library that Rasa needs is too old for uvicorn's."""
    config = uvicorn.Config(
        build_app(), host=host, port=port or default_port(), ws="none", log_level="warning", access_log=False,
        server_header=False, timeout_graceful_shutdown=3,
    )  # fmt: skip
    return uvicorn.Server(config)


def default_port() -> int:
    """The port of the console's address; behind a proxy that speaks https, 5006."""
    return urlsplit(settings().console_url).port or 5006


def main() -> None:
    configure_logging()
    migrate()
    server(int(sys.argv[1]) if len(sys.argv) > 1 else None).run()


if __name__ == "__main__":
    main()
