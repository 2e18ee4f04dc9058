"""
The two forms in which one command runs the product, as data.

The demo has a small marketplace of its own, keeps to itself, and moves fast enough to be watched. The real
form works on Kaspi.kz; whatever the environment or `.env` says holds there.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from embedded.broker import Broker, choose_broker
from embedded.data import kept_secret, vault_keys
from embedded.ports import LOOPBACK, kept_port, reachable
from embedded.supervisor import Program, Step

ROOT = Path(__file__).resolve().parent.parent
# Python without its compiled files starts about three times slower.
UNWANTED = ("PYTHONDONTWRITEBYTECODE",)
# How much faster than life the demo's rivals and buyers are.
TEMPO = 60


@dataclass(frozen=True)
class Address:
    """Where the web server listens."""

    host: str
    port: int

    @property
    def reachable(self) -> str:
        """The host by which this machine reaches it."""
        return reachable(self.host)

    @property
    def url(self) -> str:
        """The address for a browser on this machine."""
        host = f"[{self.reachable}]" if ":" in self.reachable else self.reachable
        return f"http://{host}:{self.port}"


@dataclass(frozen=True)
class Form:
    """
    Everything that one start starts, in this order: broker, marketplace, steps, programs.

    `environment` is all that the children see. `guide` is said when all are up. `is_watched`: the path of the
    first price is told step by step.
    """

    data: Path
    address: Address
    environment: Mapping[str, str]
    steps: tuple[Step, ...]
    programs: tuple[Program, ...]
    broker: Broker | None = None
    marketplace: Program | None = None
    marketplace_port: int = 0
    guide: tuple[str, ...] = field(default=())
    is_watched: bool = False
    root: Path = ROOT

    @property
    def logs(self) -> Path:
        """The folder with one log per child."""
        return self.data / "logs"


def data_folder(*, with_demo: bool) -> Path:
    """Where a form keeps everything it keeps; DATA_DIR may name another place for the real form."""
    if with_demo:
        return ROOT / "var" / "demo"
    return ROOT / configured().get("DATA_DIR", "var/real")


def configured() -> dict[str, str]:
    """What the process environment and `.env` say, the first over the second. An empty value says nothing."""
    spoken = {name.upper(): value for name, value in dotenv_values(ROOT / ".env").items()} | dict(os.environ)
    return {name: value for name, value in spoken.items() if value}


async def demo(data: Path, address: Address) -> Form:
    """The demo form: nothing that `.env` says of the real one reaches it. Raises BrokerMissingError."""
    broker = await choose_broker(data)
    port = kept_port(data / "sandbox_port")
    given = {
        "ENV_FILE": "",
        "DB_ENGINE": "sqlite",
        "DB_HOST": "",
        "KASPI_URL": f"http://{LOOPBACK}:{port}",
        "LOOKS_PER_SECOND": "40",
        # The demo's hour is a minute long: what moves is looked at every few seconds …
        "LOOK_INTERVAL": "60",
        "SHORTEST_LOOK_INTERVAL": "5",
        # … and its half hour takes sixty times as many changes.
        "CHANGES_PER_HALF_HOUR": str(250 * TEMPO),
        "FALLS_WITHOUT_SALE": str(40 * TEMPO),
    }
    return Form(
        data=data,
        address=address,
        environment=_inherited() | _ours(data, address, broker) | given,
        broker=broker,
        marketplace=_python("sandbox", "-m", "sandbox", *_sandbox_arguments(data, port), is_foundation=True),
        marketplace_port=port,
        steps=(*_preparation(), DEMO_STEP),
        programs=_programs(data, address),
        guide=_demo_guide(address, port),
        is_watched=True,
    )


async def real(data: Path, address: Address) -> Form:
    """The real form. Raises BrokerMissingError."""
    said = configured()
    broker = None if {"REDIS_URL", "REDIS_HOST"} & said.keys() else await choose_broker(data)
    given = _ours(data, address, broker)
    return Form(
        data=data,
        address=address,
        environment=_inherited() | {name: value for name, value in given.items() if name not in said},
        broker=broker,
        steps=_preparation(),
        programs=_programs(data, address),
        guide=_real_guide(said.get("PUBLIC_URL", address.url)),
    )


def _ours(data: Path, address: Address, broker: Broker | None) -> dict[str, str]:
    return {
        "DATA_DIR": str(data),
        "SECRET_KEY": kept_secret(data / "secret_key"),
        "VAULT_KEYS": kept_secret(data / "vault_keys", vault_keys),
        "PUBLIC_URL": address.url,
        "ALLOWED_HOSTS": ",".join(dict.fromkeys([LOOPBACK, "localhost", address.reachable])),
    } | ({"REDIS_URL": broker.url} if broker else {})


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in UNWANTED} | {"PYTHONUNBUFFERED": "1"}


def _python(name: str, *arguments: str, is_foundation: bool = False) -> Program:
    return Program(name, (sys.executable, *arguments), is_foundation=is_foundation)


def _sandbox_arguments(data: Path, port: int) -> tuple[str, ...]:
    clockwork = ("--seed", "7", "--pull-every", "10", "--tempo", str(TEMPO))
    return ("--port", str(port), *clockwork, "--state", str(data / "sandbox_state.json"))


def _manage(command: str, *arguments: str) -> Program:
    return _python(command, "manage.py", command, *arguments)


def _preparation() -> tuple[Step, ...]:
    return (
        Step(_manage("migrate", "--noinput"), "Preparing the database"),
        Step(_manage("record_build"), "Putting this build on record", speaks=True),
        Step(_manage("collectstatic", "--noinput", "--verbosity", "0"), "Collecting the files of the pages"),
    )


DEMO_STEP = Step(_manage("demo"), "Opening the shops of the demo", speaks=True)


def _programs(data: Path, address: Address) -> tuple[Program, ...]:
    web = (
        "--host",
        address.host,
        "--port",
        str(address.port),
        "--no-access-log",
        "--timeout-graceful-shutdown",
        "5",
    )
    worker = ("-P", "threads", "-c", "4", "--loglevel", "INFO", "--without-gossip", "--without-mingle")
    beat = ("--schedule", str(data / "celerybeat-schedule"), "--loglevel", "WARNING")
    celery = ("-m", "celery", "-A", "kaspi_backend")
    return (
        _python("web", "-m", "uvicorn", "kaspi_backend.asgi:application", *web),
        _python("worker", *celery, "worker", *worker),
        # A process of its own: a beat inside the worker outlives a killed worker, and then rings twice.
        _python("beat", *celery, "beat", *beat),
    )


def _demo_guide(address: Address, sandbox_port: int) -> tuple[str, ...]:
    guide = (
        f"The cabinet       {address.url}/cabinet/   demo@example.kz / demo-kaspi-2026",
        f"The API           {address.url}/api/docs/",
        f"The admin         {address.url}/api/admin/",
        f"The marketplace   http://{LOOPBACK}:{sandbox_port}/   (invented: shops, cards and prices)",
    )
    if address.host in (LOOPBACK, "localhost"):
        return guide
    return (*guide, "This password is public: whoever reaches this machine can sign in.")


def _real_guide(url: str) -> tuple[str, ...]:
    return (
        f"The cabinet       {url}/cabinet/",
        f"The API           {url}/api/docs/",
        f"The admin         {url}/api/admin/",
        "The first user    .venv/bin/python manage.py createsuperuser",
    )
