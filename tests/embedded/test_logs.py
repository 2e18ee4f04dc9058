"""Logs that do not grow for ever."""

from pathlib import Path

from embedded.logs import appending, last_lines, shorten


def test_a_long_log_is_emptied_under_the_hands_of_its_writer(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with appending(log) as writer:
        writer.write(b"0123456789\n")
        writer.flush()
        shorten(log, limit=10)
        writer.write(b"new\n")

    assert log.read_text() == "new\n"
    assert (tmp_path / "web.log.1").read_text() == "0123456789\n"


def test_a_short_log_stays(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("0123456789")

    shorten(log, limit=10)

    assert log.read_text() == "0123456789"
    assert not (tmp_path / "web.log.1").exists()


def test_the_end_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"one\ntwo\nthree \xff\n")

    assert last_lines(log, count=2) == "two\nthree �"
