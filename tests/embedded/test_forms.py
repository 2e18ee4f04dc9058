"""What the two forms start, and with which environment."""

from pathlib import Path

import pytest

from embedded import forms
from embedded.forms import Address, Form, data_folder, demo, real

HERE = Address("127.0.0.1", 8000)
EVERYWHERE = "0.0.0.0"  # noqa: S104 -- nothing listens in these tests
OURS = (
    "SECRET_KEY",
    "VAULT_KEYS",
    "REDIS_URL",
    "REDIS_HOST",
    "DB_HOST",
    "DATA_DIR",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
)
WATCH = ("KASPI_URL", "LOOKS_PER_SECOND", "LOOK_INTERVAL", "SHORTEST_LOOK_INTERVAL")


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout, in a process whose environment says nothing about us."""
    monkeypatch.setattr(forms, "ROOT", tmp_path)
    for name in (*OURS, *WATCH):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return tmp_path


def _names(form: Form) -> list[str]:
    return [program.name for program in form.programs]


async def test_the_demo_keeps_to_itself(tmp_path: Path) -> None:
    form = await demo(tmp_path, HERE)

    assert form.broker
    given = {name: form.environment.get(name) for name in (*OURS, *WATCH)}
    assert given == {
        "SECRET_KEY": (tmp_path / "secret_key").read_text().strip(),
        "VAULT_KEYS": (tmp_path / "vault_keys").read_text().strip(),
        "REDIS_URL": form.broker.url,
        "REDIS_HOST": None,
        "DB_HOST": "",
        "DATA_DIR": str(tmp_path),
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "KASPI_URL": f"http://127.0.0.1:{form.marketplace_port}",
        "LOOKS_PER_SECOND": "40",
        "LOOK_INTERVAL": "60",
        "SHORTEST_LOOK_INTERVAL": "5",
    }
    assert [step.program.name for step in form.steps] == ["migrate", "record_build", "collectstatic", "demo"]
    assert _names(form) == ["web", "worker", "beat"]
    assert form.marketplace
    assert form.is_watched
    assert "PYTHONDONTWRITEBYTECODE" not in form.environment


async def test_the_demo_is_not_led_to_real_shops_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("REDIS_URL=redis://real:6379/0\nDB_HOST=mariadb.example.kz\n")
    monkeypatch.setenv("KASPI_URL", "https://kaspi.kz")
    monkeypatch.setenv("DB_HOST", "mariadb.example.kz")

    form = await demo(tmp_path, HERE)

    assert form.broker
    assert form.environment["REDIS_URL"] == form.broker.url
    assert form.environment["KASPI_URL"] == f"http://127.0.0.1:{form.marketplace_port}"
    assert (form.environment["DB_ENGINE"], form.environment["DB_HOST"]) == ("sqlite", "")
    assert form.environment["ENV_FILE"] == ""


@pytest.mark.parametrize(("host", "is_warned"), [("127.0.0.1", False), (EVERYWHERE, True)])
async def test_a_demo_that_others_can_reach_says_so(tmp_path: Path, host: str, *, is_warned: bool) -> None:
    form = await demo(tmp_path, Address(host, 8000))

    assert ("whoever reaches this machine can sign in" in form.guide[-1]) is is_warned


async def test_in_the_real_form_only_what_is_unset_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(
        "secret_key=from the file\nPUBLIC_URL=https://example.kz\nVAULT_KEYS=own:x\nALLOWED_HOSTS=\n"
    )
    monkeypatch.setenv("REDIS_HOST", "redis.example.kz")

    form = await real(tmp_path, HERE)

    assert form.broker is None
    assert form.marketplace is None
    assert not form.is_watched
    assert {name for name in OURS if name in form.environment} == {"DATA_DIR", "ALLOWED_HOSTS", "REDIS_HOST"}
    assert [step.program.name for step in form.steps] == ["migrate", "record_build", "collectstatic"]
    assert "https://example.kz/cabinet/" in form.guide[0]
    assert form.guide[-1] == "The first user    .venv/bin/python manage.py createsuperuser"


async def test_the_real_form_brings_its_own_broker_when_none_is_named(tmp_path: Path) -> None:
    form = await real(tmp_path, HERE)

    assert form.broker
    assert form.environment["REDIS_URL"] == form.broker.url


def test_each_form_has_a_folder_and_the_real_one_may_be_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert data_folder(with_demo=True) == tmp_path / "var/demo"
    assert data_folder(with_demo=False) == tmp_path / "var/real"

    monkeypatch.setenv("DATA_DIR", "/srv/kaspi")

    assert data_folder(with_demo=True) == tmp_path / "var/demo"
    assert data_folder(with_demo=False) == Path("/srv/kaspi")


@pytest.mark.parametrize(
    ("host", "url", "allowed"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000", "127.0.0.1,localhost"),
        (EVERYWHERE, "http://127.0.0.1:8000", "127.0.0.1,localhost"),
        ("192.168.1.5", "http://192.168.1.5:8000", "127.0.0.1,localhost,192.168.1.5"),
    ],
)
async def test_the_address_a_person_chose_is_served(tmp_path: Path, host: str, url: str, allowed: str) -> None:
    form = await real(tmp_path, Address(host, 8000))

    assert (form.environment["PUBLIC_URL"], form.environment["ALLOWED_HOSTS"]) == (url, allowed)
