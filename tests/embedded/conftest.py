"""What the tests of the one-command form share."""

import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from embedded.console import Console
from embedded.supervisor import Supervisor


@pytest.fixture
def said() -> io.StringIO:
    """What the console of a test was told."""
    return io.StringIO()


@pytest.fixture
async def supervisor(tmp_path: Path, said: io.StringIO) -> AsyncIterator[Supervisor]:
    """A supervisor with little patience, whose children end with the test."""
    logs = tmp_path / "logs"
    supervisor = Supervisor(Console(said), root=tmp_path, environment=os.environ, logs=logs, patience=0.3)
    yield supervisor
    await supervisor.stop()
