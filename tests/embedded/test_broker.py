"""A real server on a port of its own."""

import asyncio
import io
from dataclasses import replace
from pathlib import Path

import pytest

from embedded import broker as module
from embedded.broker import Broker, choose_broker, start_broker
from embedded.console import Console
from embedded.errors import BrokerMissingError
from embedded.supervisor import Supervisor


@pytest.fixture
async def broker(tmp_path: Path) -> Broker:
    """A broker that was not started yet."""
    return await choose_broker(tmp_path)


async def _ask(broker: Broker, *lines: str) -> list[str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
    writer.write("".join(f"{line}\r\n" for line in lines).encode())
    answers = [(await reader.readline()).decode().strip() for _line in lines]
    writer.close()
    return answers


async def test_it_answers_those_who_know_the_password_only(
    broker: Broker, supervisor: Supervisor, said: io.StringIO
) -> None:
    await start_broker(broker, supervisor, Console(said))

    assert await broker.answers()
    assert not await replace(broker, password="guess").answers()
    assert await _ask(broker, "PING") == ["-NOAUTH Authentication required."]
    assert broker.url == f"redis://:{broker.password}@127.0.0.1:{broker.port}/0"


async def test_it_never_forgets_work_to_make_room_and_writes_it_down_every_second(
    broker: Broker, supervisor: Supervisor, said: io.StringIO
) -> None:
    await start_broker(broker, supervisor, Console(said))
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
    writer.write(f"AUTH {broker.password}\r\nCONFIG GET maxmemory-policy\r\nCONFIG GET appendfsync\r\n".encode())
    answer = await reader.readuntil(b"everysec")
    writer.close()

    assert b"noeviction" in answer


async def test_its_files_are_its_owners_only_and_the_command_line_holds_no_password(broker: Broker) -> None:
    broker.write_configuration()

    assert (broker.folder / "server.conf").stat().st_mode & 0o777 == 0o600
    assert (broker.folder.parents[1] / "broker_password").stat().st_mode & 0o777 == 0o600
    assert broker.password not in " ".join(broker.program.command)


async def test_what_was_queued_is_there_after_the_next_start(
    broker: Broker, supervisor: Supervisor, said: io.StringIO, tmp_path: Path
) -> None:
    await start_broker(broker, supervisor, Console(said))
    await _ask(broker, f"AUTH {broker.password}", "LPUSH work 1")
    await supervisor.stop()

    again = await choose_broker(tmp_path)
    await start_broker(again, supervisor, Console(said))

    assert await _ask(again, f"AUTH {again.password}", "LLEN work") == ["+OK", ":1"]


async def test_data_that_it_cannot_start_with_is_moved_aside(
    broker: Broker, supervisor: Supervisor, said: io.StringIO
) -> None:
    broken = broker.folder / "data/appendonlydir/appendonly.aof.manifest"
    broken.parent.mkdir(parents=True)
    broken.write_text("written by a server that nobody knows\n")

    await start_broker(broker, supervisor, Console(said))

    assert await broker.answers()
    aside = [folder for folder in broker.folder.iterdir() if folder.name.startswith("data.aside-")]
    assert [folder / "appendonlydir" / broken.name for folder in aside if folder.is_dir()] != []
    assert (aside[0] / "appendonlydir" / broken.name).read_text() == "written by a server that nobody knows\n"
    assert f"The data is now in {aside[0]}" in said.getvalue()


async def test_a_server_on_the_path_stands_in_for_a_wheel_that_cannot_run_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, code in (("valkey-server", 1), ("redis-server", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(module, "_servers_in_wheel", lambda: iter([tmp_path / "missing"]))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    broker = await choose_broker(tmp_path)

    assert broker.server == tmp_path / "redis-server"
    assert broker.folder == tmp_path / "broker" / "redis-server"


async def test_no_server_at_all_is_said_with_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_servers", lambda: iter([]))

    with pytest.raises(BrokerMissingError, match="apt install redis-server"):
        await choose_broker(tmp_path)
