"""Clock, world and puller turning together."""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.clock import ManualClock, RealClock
from sandbox.config import WorldConfig
from sandbox.faults import Faults
from sandbox.puller import Puller
from sandbox.registrations import Registration, StateError, read_registrations, write_registrations
from sandbox.world import World

TICK = 0.1


class RealClockError(RuntimeError):
    """A real clock cannot be moved."""


class Engine:
    """An async context manager: inside it the world lives, by the real clock or when it is advanced.

    `state` is the file that keeps the registrations of price lists; without one they end with the engine.
    Raises StateError when the file cannot be used.
    """

    def __init__(self, config: WorldConfig, faults: Faults, state: Path | None) -> None:
        self.config = config
        self.clock = ManualClock(config.starts_at) if config.clock == "manual" else RealClock()
        self.world = World(config, self.clock.now())
        self.puller = Puller(self.world, self.clock, faults, config.pull_every)
        self._state = state
        self._turning = asyncio.Lock()
        self._ticker: asyncio.Task[None] | None = None
        if state is not None:
            self._restore(state)

    async def __aenter__(self) -> Self:
        await self.puller.__aenter__()
        if isinstance(self.clock, RealClock):
            self._ticker = asyncio.create_task(self._tick())
            self._ticker.add_done_callback(_report_failure)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
        await self.puller.__aexit__(kind, error, trace)

    async def advance(self, seconds: float) -> None:
        """Move a manual clock on; rivals, buyers and pulls act in the order of their times.

        Raises RealClockError.
        """
        if not isinstance(self.clock, ManualClock):
            raise RealClockError("the clock is real; start the sandbox with --clock manual to move it")
        async with self._turning:
            end = self.clock.now() + seconds
            while (due := self.puller.next_due()) is not None and due[0] <= end:
                self._move_to(self.clock, due[0])
                await self.puller.pull_due(due[1])
            self._move_to(self.clock, end)

    def register_price_list(self, merchant_id: str, registration: Registration) -> None:
        """Pull from this address from now on. Raises StateError when that cannot be kept; then nothing changes."""
        if self._state is not None:
            write_registrations(self._state, self.puller.registrations() | {merchant_id: registration})
        self.puller.register(merchant_id, registration)

    def set_paused(self, *, paused: bool) -> None:
        """Make rivals and buyers stand still, or let them go on where they stopped."""
        self.world.advance_to(self.clock.now())
        self.world.paused = paused

    def _restore(self, state: Path) -> None:
        registrations = read_registrations(state)
        for merchant_id, registration in registrations.items():
            if merchant_id not in self.world.sellers:
                raise StateError(f"the state file {state} names merchant {merchant_id!r}, who has no price list here")
            self.puller.register(merchant_id, registration)
        # A place that cannot be written is better known now than at the first registration.
        write_registrations(state, registrations)

    def _move_to(self, clock: ManualClock, moment: float) -> None:
        clock.move_to(moment)
        self.world.advance_to(clock.now())

    async def _tick(self) -> None:
        while True:
            self.world.advance_to(self.clock.now())
            self.puller.start_due()
            await asyncio.sleep(TICK)


def _report_failure(ticker: asyncio.Task[None]) -> None:
    """Let the loop print what stopped the world: a world that stands still would go unnoticed."""
    if not ticker.cancelled():
        ticker.result()
