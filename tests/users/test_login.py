"""How people come to be and how they are let in."""

import io

import pytest
from django.contrib.auth.backends import ModelBackend
from django.core.management import CommandError, call_command

from users.models import User

pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    """A standard input that a person sits at."""

    def isatty(self) -> bool:
        return True


def type_in(monkeypatch: pytest.MonkeyPatch, *lines: str, passwords: tuple[str, ...]) -> None:
    """Answer the questions of `createsuperuser` with these lines, and those for a password with these."""
    typed, secret = iter(lines), iter(passwords)
    monkeypatch.setattr("builtins.input", lambda _question: next(typed))
    monkeypatch.setattr("getpass.getpass", lambda *_question: next(secret))


@pytest.mark.parametrize("email", ["anna@example.kz", "Anna@Example.KZ"])
def test_the_login_does_not_mind_the_case(email: str) -> None:
    anna = User.objects.create_user("Anna@example.kz", "correct horse")
    assert ModelBackend().authenticate(None, username=email, password="correct horse") == anna
    assert ModelBackend().authenticate(None, email=email, password="correct horse") == anna


def test_the_password_does_mind_the_case() -> None:
    User.objects.create_user("anna@example.kz", "correct horse")
    assert ModelBackend().authenticate(None, username="anna@example.kz", password="Correct Horse") is None


def test_a_blocked_user_is_not_let_in() -> None:
    User.objects.create_user("anna@example.kz", "correct horse", is_active=False)
    assert ModelBackend().authenticate(None, username="anna@example.kz", password="correct horse") is None


def test_a_superuser_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "Owner@Example.kz")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse")
    call_command("createsuperuser", interactive=False, verbosity=0)
    owner = User.objects.get()
    assert (owner.email, owner.is_staff, owner.is_superuser) == ("owner@example.kz", True, True)
    assert owner.check_password("correct horse")


def test_a_superuser_from_the_command_line() -> None:
    call_command("createsuperuser", interactive=False, email="owner@example.kz", verbosity=0)
    assert not User.objects.get(email="owner@example.kz").has_usable_password()


def test_a_superuser_needs_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DJANGO_SUPERUSER_EMAIL", raising=False)
    with pytest.raises(CommandError, match="email"):
        call_command("createsuperuser", interactive=False)


def test_a_superuser_from_the_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("taken@example.kz")
    type_in(
        monkeypatch,
        "not an address",
        "Taken@example.kz",
        "Owner@example.kz",
        passwords=("correct horse battery", "correct horse battery"),
    )
    said = io.StringIO()
    call_command("createsuperuser", interactive=True, stdin=Terminal(), stdout=said, stderr=said)
    owner = User.objects.get(is_superuser=True)
    assert owner.email == "owner@example.kz"
    assert owner.check_password("correct horse battery")
    assert said.getvalue().count("Error:") == 2


def test_a_superuser_is_not_made_twice() -> None:
    call_command("createsuperuser", interactive=False, email="owner@example.kz", verbosity=0)
    with pytest.raises(CommandError, match="already"):
        call_command("createsuperuser", interactive=False, email="Owner@Example.kz", verbosity=0)
