"""Run mutmut in a copy of the checkout and say what the tests did not notice; see scripts/mutants."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "var/mutants"
MUTMUT = Path(sys.executable).with_name("mutmut")
LEAST_SHARE = 0.90
# How mutmut notes that the tests failed, that pytest itself broke, or that they took far too long.
KILLED = {1, 3, 24, -24, 36, 152, 255}


@dataclass(frozen=True)
class Group:
    """A folder whose code is mutated: the tests that shall notice, and how many mutants are tried at once."""

    tests: tuple[str, ...]
    processes: int


# Tests of stores share the file of one database: two at a time fail for that alone, and every mutant looks noticed.
GROUPS = {
    "pricing": Group(("tests/pricing",), processes=2),
    "stores": Group(
        (
            "tests/stores/price_list/test_checker.py",
            "tests/stores/price_list/test_checker_planted.py",
            "tests/stores/prices/test_gate.py",
            "tests/stores/prices/test_gateway.py",
            "tests/stores/prices/test_ladders.py",
            "tests/stores/price_list/test_price_list.py",
            "tests/stores/price_list/test_publish.py",
            "tests/stores/prices/test_turns.py",
        ),
        processes=1,
    ),
}


@dataclass(frozen=True)
class Result:
    """What became of the mutants of one file."""

    path: Path
    total: int
    survivors: tuple[str, ...]

    @property
    def killed(self) -> int:
        return self.total - len(self.survivors)


def main(paths: Sequence[str]) -> int:
    """Print the figures of these files and folders, or of all that pyproject.toml names. 1: too few were killed."""
    by_group = groupby(sorted(paths or GROUPS), lambda path: Path(path).parts[0])
    shares = [count(group, list(members)) for group, members in by_group]
    return int(min(shares) < LEAST_SHARE)


def copy_checkout(tests: Sequence[str]) -> None:
    """
    Copy the checkout, with these as the tests that mutmut shall run.

    mutmut writes beside what it reads, and believes results of before although the tests are others now.
    """
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(ROOT, COPY, ignore=shutil.ignore_patterns(".*", "var", "__pycache__"))
    settings = COPY / "pyproject.toml"
    table = "[tool.mutmut]\n"
    choice = f"pytest_add_cli_args_test_selection = {json.dumps(tests)}\n"
    settings.write_text(settings.read_text().replace(table, table + choice))


def count(group: str, paths: Sequence[str]) -> float:
    """Try the mutants of these paths, and print what became of them; returns the share that was killed."""
    copy_checkout(GROUPS[group].tests)
    run_mutmut(group, paths)
    results = list(read_results())
    for result in results:
        tell(result)
    killed, total = sum(result.killed for result in results), sum(result.total for result in results)
    print(f"\n{killed:5}/{total:<5} killed in {group}: {killed / total:.1%}", flush=True)
    return killed / total


def run_mutmut(group: str, paths: Sequence[str]) -> None:
    """Try every mutant. Ends the program, with the last words of mutmut, when that cannot be done."""
    names = [".".join(Path(path).with_suffix("").parts) + ".*" for path in paths]
    log = COPY / f"{group}.log"
    print(f"Planting errors in {group}; follow it in {log}", flush=True)
    with log.open("w") as output:
        command = [str(MUTMUT), "run", "--max-children", str(GROUPS[group].processes), *names]
        code = subprocess.run(command, cwd=COPY, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    if code:
        sys.exit(f"mutmut gave up:\n{log.read_text()[-3000:]}")


def read_results() -> Iterator[Result]:
    """The files that have mutants which were tried, by path."""
    folder = COPY / "mutants"
    for notes in sorted(folder.rglob("*.meta")):
        codes = json.loads(notes.read_text())["exit_code_by_key"]
        tried = {name: code for name, code in codes.items() if code is not None}
        if tried:
            survivors = tuple(name for name, code in tried.items() if code not in KILLED)
            yield Result(notes.relative_to(folder).with_suffix(""), len(tried), survivors)


def tell(result: Result) -> None:
    """Print the figure of a file, and each survivor with the lines it changes."""
    print(f"\n{result.killed:5}/{result.total:<5} {result.path}")
    for name in result.survivors:
        print(f"  {name}\n{show(name)}")


def show(name: str) -> str:
    """The lines that a mutant changes."""
    diff = subprocess.run([str(MUTMUT), "show", name], cwd=COPY, capture_output=True, text=True, check=True).stdout
    changes = [line for line in diff.splitlines() if line[:1] in {"-", "+"} and line[:3] not in {"---", "+++"}]
    return "\n".join(f"      {line}" for line in changes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
