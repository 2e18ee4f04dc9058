"""The environment is checked before anything starts, in a process of its own as at a real start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kaspi_backend.environment import CHECKOUT, Environment

KEY = "k" * 40
SHOW = "from kaspi_backend.environment import read_environment; e = read_environment(); print({what})"


def start(tmp_path: Path, variables: dict[str, str], what: str = "'started'") -> "subprocess.CompletedProcess[str]":
    """Read the environment in a new process that inherits nothing of ours."""
    clean = {"PATH": os.environ["PATH"], "ENV_FILE": "", "DATA_DIR": str(tmp_path), "SECRET_KEY": KEY}
    command = [sys.executable, "-c", SHOW.format(what=what)]
    return subprocess.run(command, env=clean | variables, capture_output=True, text=True, timeout=60)


def test_sound_values_start(tmp_path: Path) -> None:
    assert start(tmp_path, {}).stdout.strip() == "started"


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is missing or shorter"),
        ({"DB_PORT": "many"}, "DB_PORT: Input should be a valid integer"),
        ({"DB_PORT": "70000"}, "DB_PORT: Input should be less than or equal to 65535"),
        ({"LOOKS_PER_SECOND": "0"}, "LOOKS_PER_SECOND: Input should be greater than 0"),
        ({"BATCH_SIZE": "-1"}, "BATCH_SIZE: Input should be greater than or equal to 1"),
        ({"FRONT_URL": "<frontend url>"}, "FRONT_URL: write an address such as https://example.kz"),
        ({"PUBLIC_URL": "https://example.kz/shop"}, "PUBLIC_URL: write an address"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS: name the hosts"),
        ({"DEBUG": "1", "PUBLIC_URL": "https://example.kz"}, "DEBUG shows settings to visitors"),
        ({"DB_ENGINE": "mariadb"}, "DB_HOST is missing"),
        ({"DB_ENGINE": "postgres"}, "DB_ENGINE: Input should be 'sqlite' or 'mariadb'"),
        ({"EGRESS": "proxy:3128"}, "EGRESS: write each once"),
        ({"EGRESS": "https://proxy:3128"}, "EGRESS: write each once"),
        ({"EGRESS": "direct,direct"}, "EGRESS: write each once"),
        ({"EGRESS": "direct,"}, "EGRESS: write each once"),
        ({"LOOK_INTERVAL": "60"}, "SHORTEST_LOOK_INTERVAL is longer than LOOK_INTERVAL"),
        ({"VAULT_KEYS": "a:AAAA"}, "VAULT_KEYS: the key 'a' has 3 bytes, expected 32"),
        ({"EMAIL_SECURITY": "ssl"}, "EMAIL_SECURITY: Input should be 'starttls', 'tls' or 'none'"),
        ({"EMAIL_FROM": "nobody"}, "EMAIL_FROM: String should match pattern"),
        ({"PAYMENT_SANDBOX": "1", "PUBLIC_URL": "https://example.kz"}, "PAYMENT_SANDBOX gives plans away"),
        ({"PAYEE_IBAN": "KZ1"}, "PAYEE_IBAN: String should match pattern"),
        ({"PAYEE_BIN": "12345678901"}, "PAYEE_BIN: String should match pattern"),
        ({"DB_HOST": "db"}, "DB_HOST is set but DB_ENGINE is sqlite"),
    ],
)
def test_nonsense_stops_the_start_and_names_the_variable(tmp_path: Path, variables: dict[str, str], words: str) -> None:
    ended = start(tmp_path, variables)
    assert ended.returncode == 1
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_addresses_to_leave_from_are_read_in_order(tmp_path: Path) -> None:
    egress = "direct, 192.0.2.7, http://user:pa55@proxy:3128"
    ended = start(tmp_path, {"EGRESS": egress}, "[each.get_secret_value() for each in e.egress]")
    assert ended.stdout.strip() == "['', '192.0.2.7', 'http://user:pa55@proxy:3128']"


def test_the_password_of_a_proxy_is_never_shown(tmp_path: Path) -> None:
    assert "pa55" not in start(tmp_path, {"EGRESS": "http://user:pa55@proxy:3128"}, "e").stdout


def test_a_misspelt_name_in_the_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOOKS_PER_SECONDS=5\n")
    ended = start(tmp_path, {"ENV_FILE": str(tmp_path / ".env")})
    assert "LOOKS_PER_SECONDS: nobody reads this variable" in ended.stderr


def test_an_error_never_shows_a_value(tmp_path: Path) -> None:
    ended = start(tmp_path, {"SECRET_KEY": "half-a-secret", "DB_PORT": "pa55word", "EGRESS": "ftp://u:pa55word@p"})
    ended.stderr += start(tmp_path, {"VAULT_KEYS": "pa55word"}).stderr
    assert "half-a-secret" not in ended.stderr
    assert "pa55word" not in ended.stderr


def test_the_kept_key_is_found(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("q" * 50 + "\n")
    ended = start(tmp_path, {"SECRET_KEY": ""}, "e.secret_key.get_secret_value()")
    assert ended.stdout.strip() == "q" * 50


def test_the_kept_vault_keys_are_found(tmp_path: Path) -> None:
    (tmp_path / "vault_keys").write_text(f"first:{'A' * 43}\n")
    assert start(tmp_path, {}, "e.keyring").stdout.strip() == "Keyring(first)"
    assert start(tmp_path, {"VAULT_KEYS": f"own:{'A' * 43}"}, "e.keyring").stdout.strip() == "Keyring(own)"


def test_without_vault_keys_it_starts_and_seals_nothing(tmp_path: Path) -> None:
    assert start(tmp_path, {}, "bool(e.keyring)").stdout.strip() == "False"


def test_the_example_names_every_variable_and_no_other() -> None:
    lines = (CHECKOUT / ".env.example").read_text().splitlines()
    named = {line.lstrip("# ").partition("=")[0] for line in lines if "=" in line and line.lstrip("# ")[:1].isupper()}
    assert named == {name.upper() for name in Environment.model_fields}


@pytest.mark.parametrize(
    ("variables", "prefix"),
    [
        ({}, "kaspi-backend.0"),
        ({"REDIS_URL": "redis://127.0.0.1:6379"}, "kaspi-backend.0"),
        ({"REDIS_URL": "redis://:secret@127.0.0.1:6379/7"}, "kaspi-backend.7"),
    ],
)
def test_two_installations_on_one_redis_do_not_hear_each_other(
    tmp_path: Path, variables: dict[str, str], prefix: str
) -> None:
    layer = "__import__('kaspi_backend.settings').settings.CHANNEL_LAYERS['default']['CONFIG']['prefix']"
    ended = start(tmp_path, variables, layer)
    assert ended.stdout.strip() == prefix, ended.stderr
