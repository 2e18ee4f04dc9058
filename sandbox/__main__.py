"""Run the sandbox alone: `python -m sandbox --port N --seed S`."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from sandbox.config import WorldConfig
from sandbox.registrations import StateError
from sandbox.server import serving


def main() -> int:
    """Serve until SIGINT or SIGTERM; return the exit code."""
    parser = _make_parser()
    arguments = parser.parse_args()
    try:
        config = _make_config(arguments)
    except ValueError as error:
        parser.error(str(error))
    try:
        asyncio.run(_serve(config, arguments.host, arguments.port, arguments.state))
    except StateError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"cannot listen on {arguments.host}:{arguments.port}: {error.strerror}\n")
        return 1
    return 0


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A small Kaspi that moves.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cards", type=int, default=240)
    parser.add_argument("--merchant-cards", type=int, default=200, help="cards that our merchant sells")
    parser.add_argument("--pull-every", type=float, default=3600.0, metavar="SECONDS")
    parser.add_argument("--tempo", type=float, default=1.0, help="divides the intervals of rivals and buyers")
    parser.add_argument("--clock", choices=("real", "manual"), default="real")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keeps price-list registrations over a restart")
    return parser


def _make_config(arguments: argparse.Namespace) -> WorldConfig:
    return WorldConfig(
        seed=arguments.seed,
        cards=arguments.cards,
        merchant_cards=arguments.merchant_cards,
        pull_every=arguments.pull_every,
        tempo=arguments.tempo,
        clock=arguments.clock,
    )


async def _serve(config: WorldConfig, host: str, port: int, state: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with serving(config, host, port, state) as url:
        sys.stdout.write(f"sandbox listening on {url} (seed {config.seed}, {config.clock} clock)\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
