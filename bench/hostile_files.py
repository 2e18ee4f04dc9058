"""
What each hostile file of the tests costs until it is refused: seconds on the clock, and the memory of who reads it.

    .venv/bin/python bench/hostile_files.py

The limits are five seconds and 512 MB a file; the process that asked for the reading keeps its own memory.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sheets import FileRefused, Job, read_file
from tests.sheets.hostile import Hostile, hostile_files
from tests.sheets.makers import MERCHANT

MOST_SECONDS = 5.0


def make_all(folder: Path) -> None:
    """Write each file under its number."""
    for number, hostile in enumerate(hostile_files()):
        (folder / str(number)).write_bytes(hostile.make())


def refuse(hostile: Hostile, source: Path) -> float:
    """Seconds until the file is refused."""
    job = Job(str(source), str(source) + ".rows", merchant_id=MERCHANT, points=["PP1", "PP2"])
    began = time.perf_counter()
    try:
        read_file(job, lambda rows: None)
    except FileRefused as refused:
        took = time.perf_counter() - began
        place = f"row {refused.row}, column {refused.column}"
        print(f"{hostile.name:34} {took:6.2f} s  {refused.code:18} {place}", flush=True)
        return took
    raise SystemExit(f"{hostile.name} was read")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-hostile-") as folder:
        # Made by another process: a child's peak counts the memory of the one it was started from.
        maker = multiprocessing.Process(target=make_all, args=(Path(folder),))
        maker.start()
        maker.join()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        files = [(hostile, Path(folder) / str(number)) for number, hostile in enumerate(hostile_files())]
        slowest = max(refuse(hostile, source) for hostile, source in files)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"slowest {slowest:.2f} s; whoever asked grew by {grown:.1f} MB")
    raise SystemExit(0 if slowest <= MOST_SECONDS else 1)


if __name__ == "__main__":
    main()
