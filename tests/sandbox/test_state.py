import errno
import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.registrations import Registration, StateError, read_registrations, write_registrations
from sandbox.server import SandboxError, SandboxServer
from tests.sandbox.sandbox_fakes import Feed, Shopper, running

OWN = "/_sandbox/merchants/30125007"
LIST = {"url": "http://127.0.0.1:9/list.xml", "login": "kaspi", "password": "құпия"}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


@contextmanager
def small_sandbox(state: Path) -> Iterator[SandboxServer]:
    with SandboxServer(seed=1, cards=2, merchant_cards=1, clock="manual", paused=True, state=state) as sandbox:
        yield sandbox


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_registration_outlives_the_server(state: Path, feed: Feed) -> None:
    with small_sandbox(state) as sandbox:
        sandbox.control("PUT", f"{OWN}/price-list", LIST)
        sandbox.control("PUT", f"{OWN}/price-list", LIST | {"url": feed.url})
    with small_sandbox(state) as sandbox:
        assert sandbox.control("GET", OWN)["price_list"] == {
            "url": feed.url,
            "login": "kaspi",
            "has_password": True,
            "next_pull_at": "2026-01-05T05:00:02.000+00:00",
        }
        sandbox.control("POST", "/_sandbox/clock", {"advance": 2})
    assert [headers["authorization"] for headers in feed.asked] == ["Basic a2FzcGk60pvSsdC/0LjRjw=="]


def test_a_killed_sandbox_comes_back_and_goes_on_pulling(state: Path, feed: Feed) -> None:
    arguments = ["--port", "0", "--cards", "2", "--merchant-cards", "1", "--state", str(state)]
    with running(*arguments) as (process, line):
        body = json.dumps({"url": feed.url}).encode()
        assert Shopper(line.split()[3]).ask("PUT", f"{OWN}/price-list", body)[0] == 200
        process.kill()
        process.wait(10)
    feed.came.clear()
    with running(*arguments):
        assert feed.came.wait(10)


def test_without_a_file_nothing_is_kept(tmp_path: Path) -> None:
    with SandboxServer(seed=1, cards=2, merchant_cards=1, clock="manual") as sandbox:
        sandbox.control("PUT", f"{OWN}/price-list", LIST)
    assert list(tmp_path.iterdir()) == []


def test_the_file_holds_what_was_typed_in_and_is_private(state: Path) -> None:
    state.write_text('{"price_lists": {}}')
    state.chmod(0o644)
    left_behind = state.with_name("state.json.new")
    left_behind.write_text("half a fi")
    with small_sandbox(state) as sandbox:
        sandbox.control("PUT", f"{OWN}/price-list", LIST)
    assert json.loads(state.read_bytes()) == {"price_lists": {"30125007": LIST}}
    assert mode(state) == 0o600
    assert not left_behind.exists()


def test_a_first_run_makes_the_file(state: Path) -> None:
    with small_sandbox(state) as sandbox:
        assert sandbox.control("GET", OWN)["price_list"] is None
    assert read_registrations(state) == {}
    assert mode(state) == 0o600


def test_a_write_that_fails_leaves_the_old_file(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"30125007": Registration("http://old.example/list.xml")}
    write_registrations(state, kept)

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StateError, match=r"^cannot write the state file .*state\.json: No space left on device$"):
        write_registrations(state, {"30125007": Registration("http://new.example/list.xml")})
    assert read_registrations(state) == kept


def test_what_cannot_be_kept_is_not_registered(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with small_sandbox(folder / "state.json") as sandbox:
        (folder / "state.json").unlink()
        folder.rmdir()
        with pytest.raises(SandboxError, match="cannot write the state file"):
            sandbox.control("PUT", f"{OWN}/price-list", LIST)
        assert sandbox.control("GET", OWN)["price_list"] is None


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "Input data was truncated"),
        (b"\x00garbage", "JSON is malformed"),
        (b'{"price_lists": {"30125007": {"url": "\xff"}}}', "'utf-8' codec can't decode"),
        (b"null", "Expected `object`, got `null`"),
        (b"{}", "missing required field `price_lists`"),
        (b'{"price_lists": {}, "more": 1}', "unknown field `more`"),
        (b'{"price_lists": {"30125007": {"url": "list.xml"}}}', "an http or https address is expected"),
        (b'{"price_lists": {"30125007": {"url": "http://a/b", "pasword": "x"}}}', "unknown field `pasword`"),
        (
            b'{"price_lists": {"99000001": {"url": "http://a/b"}}}',
            "names merchant '99000001', who has no price list here",
        ),
    ],
)
def test_garbage_is_refused_and_left_as_it_was(state: Path, content: bytes, text: str) -> None:
    state.write_bytes(content)
    with (
        pytest.raises(StateError, match=f"^[^\n]*{re.escape(str(state))}[^\n]*{re.escape(text)}"),
        small_sandbox(state),
    ):
        pass
    assert state.read_bytes() == content


def test_garbage_ends_the_program_with_one_line(state: Path) -> None:
    state.write_bytes(b"garbage")
    with running("--port", "0", "--cards", "2", "--state", str(state)) as (process, line):
        assert process.wait(10) == 1
        assert process.stderr is not None
        assert re.fullmatch(rf"cannot understand the state file {re.escape(str(state))}: .+\n", process.stderr.read())
    assert line == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".", "cannot read the state file .*: Is a directory"),
        ("no/such", "cannot write the state file .*: No such file"),
    ],
)
def test_a_place_for_no_file_is_refused(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(StateError, match=text), small_sandbox(tmp_path / name):
        pass
