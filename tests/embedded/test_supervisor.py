"""Starting, starting again, and ending real processes."""

import asyncio
import io
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded import leash
from embedded.errors import StartError, StepError
from embedded.logs import LIMIT_BYTES
from embedded.supervisor import Program, Step, Supervisor
from embedded.waiting import Condition, until
from tests.environment import lives

# Each start appends the process id to the file named by the argument.
NOTING = "import os, signal, sys; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + NOTING


def _python(name: str, code: str, *arguments: object, is_foundation: bool = False) -> Program:
    return Program(name, (sys.executable, "-c", code, *map(str, arguments)), is_foundation=is_foundation)


def _starts(notes: Path) -> list[int]:
    return [int(line) for line in notes.read_text().split()] if notes.exists() else []


def _has_started(notes: Path, times: int) -> Condition:
    async def has_started() -> bool:
        return len(_starts(notes)) == times

    return has_started


async def test_a_killed_child_is_started_again_and_a_line_says_so(
    supervisor: Supervisor, tmp_path: Path, said: io.StringIO
) -> None:
    notes = tmp_path / "notes"
    await supervisor.keep(_python("worker", NOTING, notes), _has_started(notes, 1))

    os.kill(_starts(notes)[0], signal.SIGKILL)
    await until(_has_started(notes, 2), pause=0.02, limit=10)

    first, second = _starts(notes)
    assert not lives(first)
    assert lives(second)
    log = supervisor.log(_python("worker", ""))
    assert said.getvalue().endswith(f"worker was killed by SIGKILL; starting it again in 0.5 s (see {log})\n")


def _holds(fact: Callable[[], bool]) -> Condition:
    async def holds() -> bool:
        return fact()

    return holds


async def test_a_program_is_started_again_once_its_log_can_be_written(
    supervisor: Supervisor, tmp_path: Path, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedded.supervisor.FIRST_PAUSE", 0.02)
    notes, logs = tmp_path / "notes", tmp_path / "logs"
    await supervisor.keep(_python("worker", NOTING, notes), _has_started(notes, 1))
    shutil.rmtree(logs)
    logs.write_text("no folder")

    os.kill(_starts(notes)[0], signal.SIGKILL)
    await until(_holds(lambda: "worker cannot be started: " in said.getvalue()), pause=0.02, limit=10)
    logs.unlink()
    await until(_has_started(notes, 2), pause=0.02, limit=10)

    assert lives(_starts(notes)[1])


@pytest.mark.parametrize("case", ["somebody removed it", "there is no room for the previous one"])
async def test_a_log_that_cannot_be_kept_short_ends_nothing_and_is_told_once(
    supervisor: Supervisor, tmp_path: Path, said: io.StringIO, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.setattr("embedded.supervisor.LOG_CHECK_SECONDS", 0.02)
    notes, long = tmp_path / "notes", tmp_path / "logs/web.log"
    await supervisor.keep(_python("worker", NOTING, notes), _has_started(notes, 1))
    await supervisor.keep(_python("web", NOTING, notes), _has_started(notes, 2))
    broken = supervisor.log(_python("worker", ""))
    if case == "somebody removed it":
        broken.unlink()
    else:
        os.truncate(broken, LIMIT_BYTES + 1)
        broken.with_name("worker.log.1").mkdir()

    keeper = asyncio.create_task(supervisor.keep_logs_short())
    await until(_holds(lambda: "The log of worker cannot be kept short: " in said.getvalue()), pause=0.02, limit=10)
    os.truncate(long, LIMIT_BYTES + 1)
    await until(_holds(lambda: not long.stat().st_size), pause=0.02, limit=10)
    keeper.cancel()

    assert said.getvalue().count("The log of worker") == 1
    assert all(map(lives, _starts(notes)))


@pytest.mark.parametrize("code", [NOTING, DEAF], ids=["that obeys SIGTERM", "that is deaf to SIGTERM"])
async def test_stopping_ends_a_child(supervisor: Supervisor, tmp_path: Path, code: str) -> None:
    notes = tmp_path / "notes"
    await supervisor.keep(_python("worker", code, notes), _has_started(notes, 1))

    await supervisor.stop()

    assert len(_starts(notes)) == 1
    assert not lives(_starts(notes)[0])


async def test_what_others_lean_on_ends_after_them(supervisor: Supervisor, tmp_path: Path) -> None:
    notes, ends = tmp_path / "notes", tmp_path / "ends"
    code = (
        "import signal, sys\n"
        "def end(*_):\n"
        "    open(sys.argv[2], 'a').write(sys.argv[3] + ' ')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
    ) + NOTING.replace("; ", "\n")
    broker = _python("broker", code, notes, ends, "broker", is_foundation=True)
    await supervisor.keep(broker, _has_started(notes, 1))
    await supervisor.keep(_python("web", code, notes, ends, "web"), _has_started(notes, 2))

    await supervisor.stop()

    assert ends.read_text() == "web broker "


async def test_a_child_that_ends_before_it_is_ready_is_an_error_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    broken = _python("broker", "import sys; sys.exit('no disk')")

    with pytest.raises(StartError, match=r"^broker ended with code 1:\nno disk$"):
        await supervisor.keep(broken, _has_started(tmp_path / "notes", 1))


async def test_a_step_that_fails_is_an_error_with_its_last_words(supervisor: Supervisor) -> None:
    step = Step(_python("migrate", "import sys; print('reading'); sys.exit('no table')"), "Preparing")

    with pytest.raises(StepError, match=r"^migrate ended with code 1:\n(reading\nno table|no table\nreading)$"):
        await supervisor.run(step)


async def test_the_log_of_the_last_start_is_kept(supervisor: Supervisor, tmp_path: Path) -> None:
    for word in ("before", "last time", "now"):
        await supervisor.run(Step(_python("migrate", f"print('{word}')"), "Preparing"))

    assert (tmp_path / "logs/migrate.log").read_text() == "now\n"
    assert (tmp_path / "logs/migrate.log.1").read_text() == "last time\n"


@pytest.mark.parametrize(
    ("case", "command", "complaint"),
    [
        ("no such program", "/no/such/program", "/no/such/program cannot be started: No such file or directory"),
        ("the supervisor is gone", "true", "the supervisor ended before this program could start"),
    ],
)
async def test_the_leash_refuses_in_words(case: str, command: str, complaint: str) -> None:
    supervisor_pid = 1_999_999_999 if case == "the supervisor is gone" else os.getpid()
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(leash.__file__), str(supervisor_pid), command, stderr=asyncio.subprocess.PIPE
    )
    _out, complaints = await process.communicate()

    assert process.returncode == 1
    assert complaints.decode().strip() == complaint
