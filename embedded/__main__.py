"""`python -m embedded`: start the product on this machine. `scripts/run` makes the environment first."""

import argparse
import asyncio
import sys

from embedded import forms
from embedded.console import Console
from embedded.data import held
from embedded.errors import EmbeddedError
from embedded.ports import LAST_PORT, LOOPBACK, check_port
from embedded.start import serve, until_ended


def main() -> int:
    """Run until ended. Returns the exit code: 0 if it was told to end, 1 if it could not start."""
    options = _read_arguments()
    console = Console(sys.stdout)
    try:
        asyncio.run(until_ended(_run(forms.Address(options.host, options.port), console, with_demo=options.with_demo)))
    except EmbeddedError as error:
        console.fail(str(error))
        return 1
    return 0


async def _run(address: forms.Address, console: Console, *, with_demo: bool) -> None:
    data = forms.data_folder(with_demo=with_demo)
    with held(data):
        check_port(address.host, address.port)
        form = await (forms.demo if with_demo else forms.real)(data, address)
        await serve(form, console)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/run", description="Starts everything on this machine.")
    parser.add_argument("--host", default=LOOPBACK, help="the address to listen on (%(default)s)")
    parser.add_argument("--port", default=8000, type=_port, help="the port of the web pages (%(default)s)")
    parser.add_argument(
        "--without-demo",
        dest="with_demo",
        action="store_false",
        help="work on Kaspi.kz, with the settings of .env, instead of an invented marketplace",
    )
    return parser.parse_args()


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is not a port: write a number from 1 to {LAST_PORT}")
    return port


if __name__ == "__main__":
    sys.exit(main())
