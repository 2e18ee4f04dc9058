"""Who follows the documentation to TLS gets no endless redirect, his own address, and a live socket."""

import re

from django.conf import settings
from django.test import Client
from pytest_django.fixtures import Settings

DOCUMENT = (settings.BASE_DIR / "docs" / "running.md").read_text()


def test_nginx_as_documented_sends_what_the_product_reads() -> None:
    [server] = re.findall(r"```nginx\n(.*?)```", DOCUMENT, re.DOTALL)
    assert dict(re.findall(r"proxy_set_header (\S+) (\S+);", server)) == {
        "Host": "$host",
        "X-Forwarded-Proto": "$scheme",
        "X-Forwarded-For": "$proxy_add_x_forwarded_for",
        "Upgrade": "$http_upgrade",
        "Connection": "$connection_header",
    }


def test_over_tls_the_documented_header_ends_the_redirects(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert Client().get("/robots.txt").status_code == 301
    assert Client().get("/robots.txt", headers={"X-Forwarded-Proto": "https"}).status_code == 200
