"""The addresses our requests leave through, each at its own pace."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

import kaspi
from stores.services.market.pace import OWN_ADDRESS, Pace, Turn

# Without a word from the marketplace about how long, nobody asks through the address for so long after a block.
HOLD_SECONDS = 10.0

Judge = Callable[[kaspi.Response, datetime], kaspi.KaspiError | None]


class PacedTransport:
    """
    A transport each of whose requests waits for its turn: the pages of a card are requests too.

    What comes back is told to the pace. A block is meant for our address, not for one card; `judge` tells one.
    """

    def __init__(
        self, transports: Mapping[str, kaspi.Transport], pace: Pace, judge: Judge = kaspi.why_unaccepted
    ) -> None:
        self._transports = transports
        self._pace = pace
        self._judge = judge

    async def send(self, request: kaspi.Request) -> kaspi.Response:
        """Raises NoTurn, and what the transport raises."""
        turn = await self._pace.wait_for_turn()
        try:
            response = await self._transports[turn.address].send(request)
        except kaspi.Unavailable:
            await self._pace.note_failure(turn.address)
            raise
        await self._note(turn, self._judge(response, datetime.now(UTC)))
        return response

    async def _note(self, turn: Turn, error: kaspi.KaspiError | None) -> None:
        match error:
            case kaspi.Throttled(retry_after=int(seconds)):
                await self._pace.silence(turn.address, seconds)
            case kaspi.Throttled() | kaspi.Blocked():
                await self._pace.silence(turn.address, HOLD_SECONDS)
            case kaspi.Unavailable():
                await self._pace.note_failure(turn.address)
            case _:
                await self._pace.note_success(turn)


@asynccontextmanager
async def open_egress(redis_url: str, per_second: float, addresses: Sequence[str]) -> AsyncIterator[PacedTransport]:
    """
    Connections through all addresses: a proxy (`http://user:password@host:port`), an address of this machine to leave
    from (`192.0.2.7`), or the one it has anyway (empty).
    """
    async with AsyncExitStack() as stack:
        transports = {each: await stack.enter_async_context(transport_through(each)) for each in addresses}
        pace = await stack.enter_async_context(Pace(redis_url, per_second, addresses))
        yield PacedTransport(transports, pace)


def transport_through(address: str) -> "kaspi.AiohttpTransport":
    """Connections through one of the addresses of EGRESS, without a pace."""
    if "://" in address:
        return kaspi.AiohttpTransport(proxy=address)
    return kaspi.AiohttpTransport(local_address=None if address == OWN_ADDRESS else address)
