import asyncio
import re
import signal
import time

import aiohttp
import pytest

from sandbox.server import SandboxServer
from tests.sandbox.sandbox_fakes import Shopper, running

# What somebody else's client sends: their constants, with nothing changed but the host.
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
    "Accept": "application/json, text/*",
    "Origin": "https://kaspi.kz",
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_alone_and_ends_at_once(number: signal.Signals) -> None:
    with running("--port", "0", "--seed", "3", "--cards", "9", "--clock", "manual") as (process, line):
        found = re.fullmatch(r"sandbox listening on (http://127\.0\.0\.1:\d+) \(seed 3, manual clock\)\n", line)
        assert found is not None
        assert Shopper(found[1]).ask("GET", "/_sandbox/state")[0] == 200
        started = time.monotonic()
        process.send_signal(number)
        assert process.wait(10) == 0
        assert time.monotonic() - started < 2
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_every_argument_reaches_the_world() -> None:
    arguments = ["--port", "0", "--host", "127.0.0.1", "--cards", "9", "--merchant-cards", "3", "--pull-every", "20"]
    with running(*arguments, "--tempo", "60", "--clock", "manual", "--seed", "8") as (_, line):
        url = line.split()[3]
        _, body = Shopper(url).ask("GET", "/_sandbox/state")
        _, products = Shopper(url).ask("GET", "/_sandbox/merchants/30125007/offers")
    assert all(part in body for part in (b'"seed":8', b'"pull_every":20.0', b'"tempo":60.0', b'"cards":9'))
    assert products.count(b'"sku"') == 3


def test_a_busy_port_is_said_in_one_line() -> None:
    with SandboxServer(cards=1, clock="manual") as server:
        port = server.url.rsplit(":", 1)[1]
        with running("--port", port, "--cards", "1") as (process, line):
            assert process.wait(10) == 1
            assert process.stderr is not None
            assert re.fullmatch(rf"cannot listen on 127\.0\.0\.1:{port}: .+\n", process.stderr.read())
    assert line == ""


def test_an_impossible_world_is_refused_before_listening() -> None:
    with running("--port", "0", "--tempo", "0") as (process, line):
        assert process.wait(10) == 2
    assert line == ""


def test_two_servers_live_side_by_side() -> None:
    with (
        SandboxServer(seed=1, cards=2, clock="manual") as first,
        SandboxServer(seed=2, cards=2, clock="manual") as second,
    ):
        assert first.url != second.url
        seeds = [server.control("GET", "/_sandbox/state")["seed"] for server in (first, second)]
    assert seeds == [1, 2]


def test_a_server_that_ended_is_gone() -> None:
    with SandboxServer(cards=1, clock="manual") as server:
        url = server.url
    with pytest.raises(ConnectionRefusedError):
        Shopper(url).ask("GET", "/_sandbox/state")


async def test_a_foreign_client_needs_only_another_base_url(sandbox: SandboxServer, own_cards: list[str]) -> None:
    """Walks the way a price watcher does: the seller's listing, then every card, page by page."""
    base, city, merchant = sandbox.url, "750000000", "30125007"
    async with aiohttp.ClientSession(headers=BROWSER) as session:
        found: set[str] = set()
        for page in range(10):
            url = f"{base}/yml/product-view/pl/results"
            query = {"page": str(page), "q": f":category:Categories:allMerchants:{merchant}", "text": "", "c": city}
            async with session.get(url, params=query, headers={"Referer": "https://kaspi.kz/shop/"}) as response:
                ids = {card["id"] for card in (await response.json())["data"]}
            if ids <= found:
                break
            found |= ids
        assert found == set(own_cards)
        for card_id in found:
            headers = {
                "Referer": f"https://kaspi.kz/shop/p/-{card_id}/?c={city}",
                "Content-Type": "application/json; charset=UTF-8",
                "X-KS-City": city,
            }
            body = {"cityId": city, "id": card_id, "merchantUID": "", "limit": 64, "page": 0, "sort": True}
            url = f"{base}/yml/offer-view/offers/{card_id}"
            async with session.post(url, json=body, headers=headers, cookies={"kaspi.city": city}) as response:
                answer = await response.json()
            assert answer["offers"][0]["masterSku"] == card_id
            assert len(answer["offers"]) == min(64, answer["total"])


async def test_a_hundred_answers_a_second_are_easy(sandbox: SandboxServer, own_cards: list[str]) -> None:
    headers = {"Referer": "https://kaspi.kz/shop/"}
    question = {"cityId": "750000000", "limit": 64}
    started = time.monotonic()
    async with aiohttp.ClientSession(headers=headers) as session:
        for _ in range(10):
            urls = [f"{sandbox.url}/yml/offer-view/offers/{own_cards[number % 8]}" for number in range(20)]
            answers = await asyncio.gather(*(session.post(url, json=question) for url in urls))
            assert [answer.status for answer in answers] == [200] * 20
            for answer in answers:
                await answer.read()
    assert time.monotonic() - started < 2
