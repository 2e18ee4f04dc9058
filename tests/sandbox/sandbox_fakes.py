"""What the tests of the sandbox put in front of it."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from sandbox.market import Delivery, Offer
from sandbox.merchants import Merchant

ROOT = Path(__file__).parents[2]


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the program; yield it and its first line. It is killed at the end."""
    command = [sys.executable, "-m", "sandbox", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


class OfferMaker:
    """Makes offers that differ in what a test names, and in nothing else."""

    def __call__(
        self, merchant_id: str, price: int, rating: float | None = 4.0, reviews: int = 10, days: int = 1
    ) -> Offer:
        merchant = Merchant(merchant_id, f"Shop {merchant_id}", rating, reviews, None)
        return Offer(merchant, f"R-{merchant_id}", price, 0, Delivery("TO_DOOR", days, by_kaspi=True))


class Feed:
    """A web server with one file; what it answers and what it was asked can be set and read.

    `came` is set when somebody asks.
    """

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        self.headers: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.came = threading.Event()
        feed = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                feed.asked.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(feed.status)
                for name, value in feed.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(feed.body)))
                self.end_headers()
                self.wfile.write(feed.body)
                feed.came.set()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so by the base class
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/list.xml"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Shopper:
    """Asks the storefront as the web shop's own page does, without following or hiding anything."""

    def __init__(self, url: str, patience: float = 10.0, user_agent: str | None = None) -> None:
        """Wait at most `patience` seconds for anything; give the name `user_agent`, or none."""
        self._user_agent = user_agent
        self._patience = patience
        self._host = url.removeprefix("http://")

    def ask(self, method: str, path: str, body: bytes | None = None, *, referer: bool = True) -> tuple[int, bytes]:
        """Return status and body. Raises OSError or HTTPException when there is no whole answer."""
        response, content = self._send(method, path, body, referer=referer)
        return response.status, content

    def headers(self, method: str, path: str, body: bytes | None = None) -> dict[str, str]:
        """Return the answer's headers, names in lower case."""
        response, _ = self._send(method, path, body, referer=True)
        return {name.lower(): value for name, value in response.getheaders()}

    def offers(self, card_id: str, **question: object) -> dict[str, Any]:
        """Return the decoded answer to a question for offers in Almaty, unless another city is named."""
        body = json.dumps({"cityId": "750000000"} | question).encode()
        status, content = self.ask("POST", f"/yml/offer-view/offers/{card_id}", body)
        assert status == 200, content
        return dict(json.loads(content))

    def cards(self, path: str = "/yml/product-view/pl/results", **query: object) -> list[dict[str, Any]]:
        """Return the cards of a listing page in Almaty."""
        status, content = self.ask("GET", f"{path}?{urlencode({'c': '750000000'} | query)}")
        assert status == 200, content
        data = json.loads(content)["data"]
        return list(data["cards"] if isinstance(data, dict) else data)

    def _send(self, method: str, path: str, body: bytes | None, *, referer: bool) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection(self._host, timeout=self._patience)
        headers = {"Content-Type": "application/json; charset=UTF-8"}
        if referer:
            headers["Referer"] = "https://kaspi.kz/shop/p/-100000000/?c=750000000"
        if self._user_agent is not None:
            headers["User-Agent"] = self._user_agent
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()
