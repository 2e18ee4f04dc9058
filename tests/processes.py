"""The product as it runs in production: web, workers and scheduler, each a process, on the test's own database."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import connection

from tests.environment import can_connect, free_port, stop, wait_until

ROOT = Path(__file__).resolve().parent.parent


class Product:
    """The running processes, by name."""

    def __init__(self, kaspi_url: str, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.logs = settings.DATA_DIR / "process-logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._environment = os.environ | {
            "ENV_FILE": "",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
            "KASPI_URL": kaspi_url,
            "PUBLIC_URL": self.url,
            "LOOKS_PER_SECOND": "200",
            "LOOK_INTERVAL": "1",
            "SHORTEST_LOOK_INTERVAL": "1",
            "PUBLISH_INTERVAL": "0",
            "CHANGES_PER_HALF_HOUR": "100000",
            **environment,
        }

    @classmethod
    @contextmanager
    def running(cls, kaspi_url: str, **environment: str) -> Iterator[Self]:
        """Web, one worker and the scheduler; all ended at the end. What the environment says here goes before."""
        product = cls(kaspi_url, environment)
        try:
            product.start_web()
            product.start_worker()
            product.start("beat", "celery", "-A", "kaspi_backend", "beat", "-s", str(product.logs / "schedule"))
            yield product
        finally:
            for process in product._processes:
                stop(process)

    def start_web(self) -> None:
        self.start("web", "uvicorn", "kaspi_backend.asgi:application", "--port", str(self.port))
        wait_until(lambda: can_connect(self.port), "the web server")

    def start_worker(self) -> "subprocess.Popen[bytes]":
        self.worker = self.start("worker", "celery", "-A", "kaspi_backend", "worker", "-P", "prefork", "-c", "2")
        return self.worker

    def start(self, name: str, module: str, *arguments: str) -> "subprocess.Popen[bytes]":
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._processes.append(process)
        return process


def kill(process: "subprocess.Popen[bytes]") -> None:
    """End a process and its children as a machine without power does."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
