"""What every process keeps in memory from its first second on; a service runs dozens of them."""

import subprocess
import sys

LOAD = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
import kaspi_backend.urls
from kaspi_backend.celery import app
app.loader.import_default_modules()
print(*sorted({"numpy", "aiohttp", "openpyxl", "lxml", "python_calamine"} & sys.modules.keys()))
"""


def test_pages_and_workers_start_without_what_only_some_of_them_use() -> None:
    done = subprocess.run([sys.executable, "-c", LOAD], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "\n"
