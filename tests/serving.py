"""A Sanic app on loopback in a thread of its own, for the length of a `with`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sanic import Sanic

from anbu.rehearsal.engine import free_port


@contextmanager
def serving(app: Sanic, port: int | None = None) -> Iterator[str]:
    """Serve `app`; yields its URL."""
    port = port or free_port()
    loop, up, failed, servers = asyncio.new_event_loop(), threading.Event(), [], []

    async def start():
        server = await app.create_server("127.0.0.1", port, return_asyncio_server=True, access_log=False)
        servers.append(server)
        await server.startup()
        await server.before_start()
        await server.start_serving()
        await server.after_start()
        return server

    def run():
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(start())
        except Exception as error:
            failed.append(error)
        finally:
            up.set()
        if not failed:
            loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert up.wait(120)
    if failed:
        raise failed[0]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(servers[0].before_stop(), loop).result(20)  # its watch and sweeper end with it
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
