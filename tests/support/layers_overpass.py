"""A small Overpass server on the loopback address, for as long as a test needs it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

from support.layers_osm import SmallMap


@dataclass
class Overpass:
    """The server's address, and the queries that it was sent."""

    url: str
    queries: list[str] = field(default_factory=list)


def _matching(small_map: SmallMap, query: str) -> list[int]:
    """Pick the ways that the filters of a query ask for, as the real server would."""
    filters = re.findall(r'\[(~)?"([^"]*)"(!?~)"([^"]*)"\]', query)
    assert len(filters) >= 3, query

    def passes(tags: dict[str, str]) -> bool:
        for any_key, key, operator, value in filters:
            if any_key:
                hit = any(re.search(key, k) and re.search(value, v) for k, v in tags.items())
            else:
                hit = key in tags and re.search(value, tags[key]) is not None
            if hit == operator.startswith("!"):
                return False
        return True

    return [number for number, (_, tags) in small_map.ways.items() if passes(tags)]


@contextmanager
def overpass_server(small_map: SmallMap, status: int = 200) -> Iterator[Overpass]:
    """Serve a small map at ``/api/interpreter`` and ``/api/status``."""
    state = Overpass("")

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _answer(self, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            assert self.path == "/api/status"
            text = "Connected as: 1\nCurrent time: now\nAnnounced endpoint: none\n"
            self._answer((text + "Rate limit: 2\n2 slots available now.\n").encode(), "text/plain")

        def do_POST(self) -> None:
            assert self.path == "/api/interpreter"
            length = int(self.headers["Content-Length"])
            query = parse_qs(self.rfile.read(length).decode())["data"][0]
            state.queries.append(query)
            elements = small_map.elements(_matching(small_map, query))
            body = json.dumps({"version": 0.6, "elements": elements}).encode()
            self._answer(body, "application/json")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/api"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
