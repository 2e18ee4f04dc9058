"""Who holds a data folder, and the secrets in it."""

import os
from pathlib import Path

import pytest

from embedded.data import held, kept_secret, vault_keys
from embedded.errors import AlreadyRunningError
from vault import Keyring


def test_a_held_folder_is_refused_to_a_second_and_free_afterwards(tmp_path: Path) -> None:
    data = tmp_path / "demo"

    with held(data), pytest.raises(AlreadyRunningError, match=rf"\(process {os.getpid()}\)"), held(data):
        pass

    with held(data):
        assert (data / "lock").read_text() == f"{os.getpid()}\n"


def test_a_new_data_folder_is_its_owners_only(tmp_path: Path) -> None:
    with held(tmp_path / "demo"):
        assert (tmp_path / "demo").stat().st_mode & 0o777 == 0o700


def test_a_secret_is_made_once_and_is_its_owners_only(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"

    secret = kept_secret(file)

    assert len(secret) == 64
    assert kept_secret(file) == secret
    assert kept_secret(tmp_path / "another") != secret
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_keys_of_the_vault_are_made_as_the_product_reads_them(tmp_path: Path) -> None:
    keys = kept_secret(tmp_path / "vault_keys", vault_keys)

    assert repr(Keyring.parse(keys)) == "Keyring(first)"
    assert kept_secret(tmp_path / "vault_keys", vault_keys) == keys


def test_a_secret_that_others_could_read_is_closed_again(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    file.write_text("kept by hand\n")
    file.chmod(0o644)

    assert kept_secret(file) == "kept by hand"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_left_empty_by_a_crash_gets_a_secret(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()

    assert len(kept_secret(tmp_path / "secret_key")) == 64
