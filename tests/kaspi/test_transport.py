"""The real transport against a real server on this machine."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from kaspi import AiohttpTransport, MalformedAnswer, Request, Response, Storefront, Timeouts, Unavailable

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


@pytest.mark.parametrize("name", ["Retry-After", "retry-after", "RETRY-AFTER"])
def test_a_header_is_found_in_any_case(name: str) -> None:
    assert Response(429, {"ReTry-aFter": "5"}).header(name) == "5"
    assert Response(429, {}).header(name) is None


async def test_a_request_goes_and_a_response_comes() -> None:
    async def echo(request: web.Request) -> web.Response:
        body = await request.read()
        return web.Response(
            status=418, headers={"X-Method": request.method, "X-City": request.headers["X-KS-City"]}, body=body
        )

    async with serving(echo) as url, AiohttpTransport() as transport:
        response = await transport.send(Request("POST", url + "a?b=c", {"X-KS-City": "750000000"}, b"\x00body"))
    assert response.status == 418
    assert (response.header("x-method"), response.header("x-city")) == ("POST", "750000000")
    assert response.body == b"\x00body"


async def test_a_silent_server_is_a_time_out() -> None:
    released = asyncio.Event()

    async def silent(_request: web.Request) -> web.Response:
        await released.wait()
        return web.Response()

    async with serving(silent) as url, AiohttpTransport(timeouts=Timeouts(total=0.1)) as transport:
        with pytest.raises(Unavailable):
            await transport.send(Request("GET", url))
        released.set()


async def test_a_server_that_falls_silent_half_way_is_a_time_out() -> None:
    released = asyncio.Event()

    async def stalling(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"offers":')
        await released.wait()
        return response

    async with serving(stalling) as url, AiohttpTransport(timeouts=Timeouts(read=0.1)) as transport:
        with pytest.raises(Unavailable):
            await transport.send(Request("GET", url))
        released.set()


@pytest.mark.parametrize(
    "sent",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b"nonsense\r\n\r\n"],
    ids=["no answer", "a body cut off", "no HTTP"],
)
async def test_a_lost_connection_is_unavailable(sent: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with AiohttpTransport() as transport:
            with pytest.raises(Unavailable):
                await transport.send(Request("GET", f"http://127.0.0.1:{port}/"))


async def test_nobody_listening_is_unavailable(unused_tcp_port: int) -> None:
    async with AiohttpTransport() as transport:
        with pytest.raises(Unavailable):
            await transport.send(Request("GET", f"http://127.0.0.1:{unused_tcp_port}/"))


@pytest.mark.parametrize("status", [407, 502])
async def test_the_password_of_a_proxy_that_refuses_stands_in_no_error(status: int) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        proxy = f"http://seller:S3cret@127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with AiohttpTransport(proxy=proxy) as transport:
            with pytest.raises(Unavailable) as caught:
                await transport.send(Request("GET", "https://kaspi.kz/x"))
    assert str(caught.value) == f"GET https://kaspi.kz/x: ClientHttpProxyError {status}"


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False), (1_000_000, False)])
async def test_a_body_is_bounded(size: int, fits: bool) -> None:
    async def big(_request: web.Request) -> web.Response:
        return web.Response(body=b"x" * size)

    async with serving(big) as url, AiohttpTransport(max_body=1000) as transport:
        if fits:
            assert len((await transport.send(Request("GET", url))).body) == size
        else:
            with pytest.raises(MalformedAnswer, match="more than 1000 bytes"):
                await transport.send(Request("GET", url))


async def test_a_body_is_bounded_after_unpacking() -> None:
    async def packed(_request: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(b"x" * 1_000_000), headers={"Content-Encoding": "gzip"})

    async with serving(packed) as url, AiohttpTransport(max_body=10_000) as transport:
        with pytest.raises(MalformedAnswer, match="more than 10000 bytes"):
            await transport.send(Request("GET", url))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    paths: list[str] = []

    async def moved(request: web.Request) -> web.Response:
        paths.append(request.path)
        return web.Response(status=status, headers={"Location": "https://elsewhere.example/captcha"})

    async with serving(moved) as url, AiohttpTransport() as transport:
        response = await transport.send(Request("POST", url + "offers", {}, b"{}"))
    assert (response.status, response.header("location")) == (status, "https://elsewhere.example/captcha")
    assert paths == ["/offers"]


async def test_cookies_are_not_kept() -> None:
    cookies: list[str | None] = []

    async def baking(request: web.Request) -> web.Response:
        cookies.append(request.headers.get("Cookie"))
        return web.Response(headers={"Set-Cookie": "ks.tg=1"})

    async with serving(baking) as url, AiohttpTransport() as transport:
        # A cookie jar would ignore the cookies of a bare address.
        named_url = url.replace("127.0.0.1", "localhost")
        await transport.send(Request("GET", named_url))
        await transport.send(Request("GET", named_url))
    assert cookies == [None, None]


async def test_one_connection_serves_many_requests() -> None:
    peers: set[object] = set()

    async def remembering(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        return web.Response()

    async with serving(remembering) as url, AiohttpTransport() as transport:
        for _ in range(5):
            await transport.send(Request("GET", url))
    assert len(peers) == 1


async def test_outside_of_its_block_it_does_not_work() -> None:
    transport = AiohttpTransport()
    with pytest.raises(RuntimeError, match="async with"):
        await transport.send(Request("GET", "http://127.0.0.1/"))


async def test_a_storefront_over_the_real_transport(sample: Callable[[str], bytes]) -> None:
    async def offers(request: web.Request) -> web.Response:
        assert request.path == "/yml/offer-view/offers/800100500"
        assert (await request.json())["cityId"] == "750000000"
        return web.Response(body=sample("storefront/offers_full.json"), content_type="application/json")

    async with serving(offers) as url, AiohttpTransport() as transport:
        card = await Storefront(url, transport, lambda: datetime.now(UTC)).offers("800100500", "750000000")
    assert [offer.price for offer in card.offers] == [17490, 17990]
