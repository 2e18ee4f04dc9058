"""The engine's version says what its code is: a yes of a person to an engine is a yes to these very lines."""

from pathlib import Path

import pricing
from kaspi_backend.build import build_of_sources

ROOT = Path(pricing.__file__).parent.parent
KNOWN = ("3", "a47e555de5c249d8d0e10c6f250a5fd37321429c757f527cfc5c12a6a75ff9f1")


def test_another_engine_has_another_version() -> None:
    now = (pricing.ENGINE_VERSION, build_of_sources(ROOT, ["pricing"]))
    assert now == KNOWN, (
        "The code of pricing/ is not what it was. If it may decide otherwise than before, raise ENGINE_VERSION in "
        f"pricing/engine.py, so that nothing leaves before a person accepts it. Then renew KNOWN here: {now}"
    )
