"""How the scripts find a Python, know that an environment is current, and fetch uv without pip."""

import importlib.util
import platform
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from embedded.forms import ROOT

SHIM = "#!/bin/sh\nexit 127\n"
OLD_PYTHON = "#!/bin/sh\nexit 1\n"
SUM = "0f" * 32


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with what an environment depends on, and an environment that somebody made."""
    for name in ("uv.lock", "pyproject.toml"):
        (tmp_path / name).write_text("as it was")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / ".venv")], check=True)
    return tmp_path


@pytest.fixture(scope="module")
def fetch_uv() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("fetch_uv", ROOT / "scripts/fetch_uv.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _shell(checkout: Path, code: str, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-eu", "-c", f". {ROOT}/scripts/environment.sh; {code}"],
        cwd=checkout,
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def _program(folder: Path, name: str, code: str) -> None:
    (folder / name).write_text(code)
    (folder / name).chmod(0o755)


def test_broken_shims_and_old_pythons_are_passed_over(tmp_path: Path) -> None:
    _program(tmp_path, "python3", SHIM)
    _program(tmp_path, "python3.14", OLD_PYTHON)
    _program(tmp_path, "python3.13", f'#!/bin/sh\nexec {sys.executable} "$@"\n')

    found = _shell(tmp_path, 'find_python; echo "$PYTHON"', path=f"{tmp_path}:/usr/bin:/bin")

    assert found.stdout == f"{sys.executable}\n"


def test_no_suitable_python_is_said_with_what_to_install(tmp_path: Path) -> None:
    refused = _shell(tmp_path, 'SUITABLE_PYTHON="exit(1)"; find_python; echo found')

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith("Python 3.11, 3.12, 3.13 or 3.14 is needed")


@pytest.mark.parametrize(
    ("case", "made_for", "then", "wanted", "is_current"),
    [
        ("nothing changed", "run", "", "run", True),
        ("a test environment serves a run", "test", "", "run", True),
        ("a run environment has no test tools", "run", "", "test", False),
        ("the lock changed", "test", "echo new > uv.lock", "test", False),
        ("the wishes changed", "run", "echo new > pyproject.toml", "run", False),
    ],
)
def test_an_environment_is_made_again_only_when_something_changed(
    checkout: Path, case: str, made_for: str, then: str, wanted: str, *, is_current: bool
) -> None:
    stamp = f'find_python; environment_stamp {made_for} > "$ENVIRONMENT/made-for-{made_for}"'

    asked = _shell(checkout, f"{stamp}; {then or ':'}; environment_is_current {wanted}")

    assert (asked.returncode == 0) is is_current, case
    assert asked.stderr == ""


@pytest.mark.parametrize(
    ("case", "happening", "is_whole"),
    [
        ("nothing happened", ":", True),
        ("its Python is gone", "rm .venv/bin/python; ln -s /gone .venv/bin/python", False),
        ("the checkout moved", "ENVIRONMENT=/another/place/.venv", False),
        ("somebody deleted it", "rm -rf .venv", False),
    ],
)
def test_a_broken_environment_is_recognised(checkout: Path, case: str, happening: str, *, is_whole: bool) -> None:
    (checkout / ".venv/bin/activate").write_text(f"VIRTUAL_ENV='{checkout}/.venv'\n")

    asked = _shell(checkout, f"{happening}; environment_is_whole 2> /dev/null")

    assert (asked.returncode == 0) is is_whole, case


@pytest.mark.parametrize(
    ("link", "address"),
    [
        (
            "https://files.example/uv-1.2.3-py3-none-manylinux_2_17_{machine}.whl",
            "https://files.example/uv-1.2.3-py3-none-manylinux_2_17_{machine}.whl",
        ),
        (
            "../../packages/uv-1.2.3-py3-none-manylinux_2_17_{machine}.manylinux2014_{machine}.whl",
            "https://pypi.org/packages/uv-1.2.3-py3-none-manylinux_2_17_{machine}.manylinux2014_{machine}.whl",
        ),
    ],
)
def test_the_wheel_for_this_machine_is_found_with_its_checksum(fetch_uv: ModuleType, link: str, address: str) -> None:
    machine = platform.machine()
    page = "".join(
        f'<a href="{href.format(machine=machine)}#sha256={checksum}">uv</a><br/>\n'
        for href, checksum in (
            ("https://files.example/uv-1.2.30-py3-none-manylinux_2_17_{machine}.whl", "aa" * 32),
            ("https://files.example/uv-1.2.3-py3-none-musllinux_1_1_{machine}.whl", "bb" * 32),
            ("https://files.example/uv-1.2.3-py3-none-manylinux_2_17_s390x.whl", "cc" * 32),
            (link, SUM),
        )
    )

    assert fetch_uv.find_wheel("1.2.3", page) == (address.format(machine=machine), SUM)


def test_a_version_without_a_wheel_for_this_machine_is_refused(fetch_uv: ModuleType) -> None:
    with pytest.raises(SystemExit, match=r"there is no uv 1\.2\.3 for this machine"):
        fetch_uv.find_wheel("1.2.3", "")
