"""Starts programs, starts them again when they die, and ends them all."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from embedded import leash
from embedded.console import Console
from embedded.errors import StartError, StepError
from embedded.logs import appending, last_lines, shorten, start_log
from embedded.waiting import Condition, until

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a dead program is started again
SETTLED = 60.0  # seconds after which a program counts as healthy, and its next pause is short again
START_SECONDS = 30.0
LOG_CHECK_SECONDS = 30.0


@dataclass(frozen=True)
class Program:
    """Something to run. `is_foundation`: others lean on it, so it ends after them."""

    name: str
    command: tuple[str, ...]
    is_foundation: bool = False


@dataclass(frozen=True)
class Step:
    """Something to run once, to its end. `speaks`: what it prints is for the person at the console."""

    program: Program
    headline: str
    speaks: bool = False


class Supervisor:
    """
    Runs programs in `root` with `environment`, their output in `logs`, and says on `console` how they fare.

    Each runs in a session of its own: the Ctrl-C of a terminal reaches the supervisor only, which ends them
    in order, first by SIGTERM and after `patience` seconds by SIGKILL. On Linux none outlives the supervisor,
    however that ends.
    """

    def __init__(
        self,
        console: Console,
        *,
        root: Path,
        environment: Mapping[str, str],
        logs: Path,
        patience: float = 10.0,
    ) -> None:
        self._console = console
        self._root = root
        self._environment = dict(environment)
        self._logs = logs
        self._patience = patience
        self._running: dict[Program, Process] = {}
        self._keepers: list[asyncio.Task[None]] = []

    def log(self, program: Program) -> Path:
        """The file with the program's output."""
        return self._logs / f"{program.name}.log"

    async def run(self, step: Step) -> None:
        """Run a step to its end. Raises StepError, with the last lines it wrote, if that end is a bad one."""
        self._console.say(step.headline)
        process = await self._begin(step.program, speaks=step.speaks)
        code = await process.wait()
        del self._running[step.program]
        if code:
            said = last_lines(self.log(step.program))
            raise StepError(f"{step.program.name} {how_it_ended(code)}:\n{said}")

    async def keep(self, program: Program, ready: Condition | None = None) -> None:
        """
        Start a program, and from now on start it again whenever it dies. Returns when it is `ready`.

        Raises StartError if it ended, or was silent for 30 s, before it was ready; it is not running then.
        """
        process = await self._begin(program)
        if ready:
            await self._wait_until_ready(program, process, ready)
        self._keepers.append(asyncio.create_task(self._keep_running(program, process)))

    async def keep_logs_short(self) -> None:
        """Look after the size of the logs, for ever. A log that cannot be looked after is told of, and ends nothing."""
        told: dict[Program, str] = {}
        while True:
            await asyncio.sleep(LOG_CHECK_SECONDS)
            for program in self._running:
                trouble = self._shorten_log(program)
                if trouble and trouble != told.get(program):
                    self._console.warn(f"The log of {program.name} cannot be kept short: {trouble}")
                told[program] = trouble

    async def stop(self) -> None:
        """End everything: first what leans on others, then what it leans on."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for foundation in (False, True):
            await self._end_all(program for program in self._running if program.is_foundation is foundation)

    def _shorten_log(self, program: Program) -> str:
        """Why it could not be done, if so."""
        try:
            shorten(self.log(program))
        except OSError as error:
            return str(error)
        return ""

    async def _begin(self, program: Program, *, speaks: bool = False) -> Process:
        start_log(self.log(program))
        return await self._spawn(program, speaks=speaks)

    async def _spawn(self, program: Program, *, speaks: bool = False) -> Process:
        with appending(self.log(program)) as log:
            process = await asyncio.create_subprocess_exec(
                *_leashed(program.command),
                cwd=self._root,
                env=self._environment,
                stdin=DEVNULL,
                stdout=None if speaks else log,
                stderr=log if speaks else STDOUT,
                start_new_session=True,
            )
        self._running[program] = process
        return process

    async def _wait_until_ready(self, program: Program, process: Process, ready: Condition) -> None:
        try:
            await until(lambda: _ready_or_ended(process, ready), pause=0.05, limit=START_SECONDS)
        except TimeoutError:
            await self._end(program)
            raise StartError(f"{program.name} is silent for {START_SECONDS:g} s; see {self.log(program)}") from None
        if process.returncode is not None:
            del self._running[program]
            how = how_it_ended(process.returncode)
            raise StartError(f"{program.name} {how}:\n{last_lines(self.log(program))}")

    async def _keep_running(self, program: Program, process: Process) -> None:
        pause = FIRST_PAUSE
        while True:
            started = time.monotonic()
            code = await process.wait()
            _signal_group(process, signal.SIGKILL)  # what it may have left behind
            if time.monotonic() - started > SETTLED:
                pause = FIRST_PAUSE
            process, pause = await self._start_again(program, how_it_ended(code), pause)

    async def _start_again(self, program: Program, how: str, pause: float) -> tuple[Process, float]:
        """Try until it runs: a full disk is no reason to leave it dead. Also the pause before the next start."""
        while True:
            self._console.warn(f"{program.name} {how}; starting it again in {pause:g} s (see {self.log(program)})")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            try:
                return await self._spawn(program), pause
            except OSError as error:
                how = f"cannot be started: {error}"

    async def _end_all(self, programs: Iterable[Program]) -> None:
        await asyncio.gather(*map(self._end, list(programs)))

    async def _end(self, program: Program) -> None:
        process = self._running.pop(program)
        _signal_group(process, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                await process.wait()
        _signal_group(process, signal.SIGKILL)
        await process.wait()


def how_it_ended(code: int) -> str:
    """An exit code in words: `ended with code 1`, `was killed by SIGKILL`."""
    return f"ended with code {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"


def _leashed(command: tuple[str, ...]) -> tuple[str, ...]:
    # -I and -S: the leash needs nothing but the standard library, and starts in half the time.
    return (sys.executable, "-I", "-S", str(leash.__file__), str(os.getpid()), *command)


async def _ready_or_ended(process: Process, ready: Condition) -> bool:
    return process.returncode is not None or await ready()


def _signal_group(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of dead processes
        os.killpg(process.pid, number)
