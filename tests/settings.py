"""The product's own settings, with what only tests want: fast passwords, static files without a build."""

import os

from tests.environment import prepare

prepare()

if os.environ.get("TEST_DATABASE") == "mariadb":
    # A driver without a compiler; production uses mysqlclient.
    import pymysql

    pymysql.install_as_MySQLdb()

from kaspi_backend.settings import *  # noqa: E402, F403
from kaspi_backend.settings import DATABASES, STORAGES  # noqa: E402

# Processes that a test starts work on the test's own database.
if "TEST_DATABASE_NAME" in os.environ:
    DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE_NAME"]

# Nobody listens there. Tests that need a marketplace bring one; processes of a journey are told theirs.
KASPI_URL = os.environ.get("KASPI_URL", "http://127.0.0.1:9")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
