"""One start, from nothing to a running product, until somebody ends it."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime

from embedded.broker import start_broker
from embedded.console import Console
from embedded.forms import Form
from embedded.health import tell_milestones, wait_until_healthy
from embedded.ports import accepts
from embedded.supervisor import Supervisor

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def until_ended(work: Coroutine[None, None, None]) -> None:
    """
    Do `work` until it returns, raises, or this process is told to end: that cancels it, and is no error.

    A second request changes nothing: the cleaning up that the first one began is not interrupted.
    """
    task = asyncio.ensure_future(work)

    def end() -> None:
        if not task.cancelling():
            task.cancel()

    for number in ENDINGS:
        # `nohup` asks for deafness to SIGHUP before it starts us.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, end)
    with suppress(asyncio.CancelledError):
        await task


async def serve(form: Form, console: Console) -> None:
    """Start the form and keep it running, for ever. Raises EmbeddedError. Leaves no child behind."""
    supervisor = Supervisor(console, root=form.root, environment=form.environment, logs=form.logs)
    try:
        await asyncio.gather(_start(form, supervisor, console), supervisor.keep_logs_short())
    finally:
        console.say("Ending")
        await supervisor.stop()


async def _start(form: Form, supervisor: Supervisor, console: Console) -> None:
    started = datetime.now(UTC)
    await _start_foundations(form, supervisor, console)
    for step in form.steps:
        await supervisor.run(step)
    for program in form.programs:
        await supervisor.keep(program)
    console.say(f"Starting {', '.join(program.name for program in form.programs)}")
    await wait_until_healthy(form.address.reachable, form.address.port, form.logs / "web.log")
    _tell_guide(form, console)
    if form.is_watched:
        await tell_milestones(form.address.reachable, form.address.port, console, since=started)


async def _start_foundations(form: Form, supervisor: Supervisor, console: Console) -> None:
    if form.broker:
        console.say(f"Starting the broker ({form.broker.server.name})")
        await start_broker(form.broker, supervisor, console)
    if form.marketplace:
        console.say("Starting a small marketplace")
        await supervisor.keep(form.marketplace, lambda: accepts(form.marketplace_port))


def _tell_guide(form: Form, console: Console) -> None:
    console.celebrate(f"Ready on {form.address.url}")
    for line in form.guide:
        console.say(line)
    console.say(f"The logs          {form.logs}")
    console.say("Ctrl-C ends it; the next start goes on from here.")
