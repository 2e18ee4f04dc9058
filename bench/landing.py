"""
What a first visit to the landing page costs: bytes as they are carried, and the moment of the first paint.

Beside it, in the same browser on the same server, the sign-in page of the cabinet: hardly anything but a form.

    python bench/landing.py [--rounds 15]

Needs Chromium. The server is the product's own, in this process, with packed static files as in production.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="bench-landing-"))
PORT = 8937
ADDRESS = f"http://127.0.0.1:{PORT}"
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "kaspi_backend.settings",
    "SECRET_KEY": "for measuring only: forty characters and more",
    "DATA_DIR": str(FOLDER),
    "DB_ENGINE": "sqlite",
    "ENV_FILE": "",
    "PUBLIC_URL": ADDRESS,
}
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

django.setup()

import uvicorn
from django.core.management import call_command
from playwright.sync_api import Browser, sync_playwright

PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
CARRIED = (
    "performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))"
    ".reduce((sum, each) => sum + each.transferSize, 0)"
)


@dataclass(frozen=True)
class Visit:
    """One first visit: milliseconds to the first paint, bytes carried with their heads."""

    paint: float
    carried: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    serve()
    try:
        landing, sign_in = measure(rounds, ["/", "/cabinet/login/"])
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    tell("landing page", landing)
    tell("sign-in page", sign_in)
    print(f"the landing page paints at {median(landing) / median(sign_in):.2f} of the sign-in page's time")


def serve() -> None:
    """The product on a thread that ends with the process."""
    server = uvicorn.Server(uvicorn.Config("kaspi_backend.asgi:application", port=PORT, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)


def measure(rounds: int, paths: list[str]) -> list[list[Visit]]:
    """First visits to each path, in turns, so that a busy moment of the machine meets all of them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for path in paths:
            visit(browser, path)
        visits = [[visit(browser, path) for path in paths] for _ in range(rounds)]
        browser.close()
    return [list(each) for each in zip(*visits, strict=True)]


def visit(browser: Browser, path: str) -> Visit:
    """Somebody who was never here."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(ADDRESS + path, wait_until="networkidle")
    page.wait_for_function(PAINT)
    seen = Visit(float(page.evaluate(PAINT)), int(page.evaluate(CARRIED)))
    context.close()
    return seen


def median(visits: list[Visit]) -> float:
    return statistics.median(each.paint for each in visits)


def tell(name: str, visits: list[Visit]) -> None:
    slowest, carried = max(each.paint for each in visits), max(each.carried for each in visits)
    print(f"{name}: first paint {median(visits):.0f} ms (slowest {slowest:.0f} ms), {carried:,} bytes carried")


if __name__ == "__main__":
    main()
