"""What is sealed opens with its key, at its place, unchanged, and in no other way."""

import pickle

import pytest

from vault import CannotOpen, Keyring, NoKey, new_key

HERE = "stores_merchanttoken.sealed/store=1"
SECRET = "a token of forty-four letters, or so it says"
OLD, NEW = "A" * 43, "E" * 42 + "A"


@pytest.fixture
def keyring() -> Keyring:
    return Keyring.parse(f"old:{OLD}")


def test_what_is_sealed_opens_at_its_place(keyring: Keyring) -> None:
    sealed = keyring.seal(SECRET, HERE)
    assert keyring.open(sealed, HERE) == SECRET
    assert sealed.isascii()
    assert SECRET not in sealed


def test_equal_secrets_look_different(keyring: Keyring) -> None:
    assert keyring.seal(SECRET, HERE) != keyring.seal(SECRET, HERE)


def test_at_another_place_it_does_not_open(keyring: Keyring) -> None:
    sealed = keyring.seal(SECRET, HERE)
    for elsewhere in ("stores_merchanttoken.sealed/store=2", "stores_order.phone/store=1", ""):
        with pytest.raises(CannotOpen, match="another place"):
            keyring.open(sealed, elsewhere)


def test_a_part_of_another_envelope_does_not_fit(keyring: Keyring) -> None:
    ours, theirs = keyring.seal(SECRET, HERE).split("."), keyring.seal("other", HERE).split(".")
    with pytest.raises(CannotOpen):
        keyring.open(".".join([*ours[:3], theirs[3]]), HERE)


def test_the_wrong_key_is_an_error(keyring: Keyring) -> None:
    sealed = keyring.seal(SECRET, HERE)
    with pytest.raises(CannotOpen, match="another place, or changed"):
        Keyring.parse(f"old:{NEW}").open(sealed, HERE)
    with pytest.raises(CannotOpen, match="VAULT_KEYS has no key 'old'"):
        Keyring.parse(f"new:{NEW}").open(sealed, HERE)


def test_each_changed_letter_is_noticed(keyring: Keyring) -> None:
    sealed = keyring.seal("s", HERE)
    for index, letter in enumerate(sealed):
        changed = sealed[:index] + ("A" if letter != "A" else "B") + sealed[index + 1 :]
        with pytest.raises(CannotOpen):
            keyring.open(changed, HERE)


@pytest.mark.parametrize("text", ["", "plain", SECRET, "v1.old.x", "v2.old.AAAA.AAAA", "v1.old..", "v1.old.ключ.AAAA"])
def test_what_is_no_sealed_text_is_never_handed_out(keyring: Keyring, text: str) -> None:
    with pytest.raises(CannotOpen):
        keyring.open(text, HERE)


def test_the_first_key_seals_and_all_open(keyring: Keyring) -> None:
    sealed = keyring.seal(SECRET, HERE)
    both = Keyring.parse(f"new:{NEW}, old:{OLD}")
    assert both.open(sealed, HERE) == SECRET
    assert both.seal(SECRET, HERE).startswith("v1.new.")
    assert (both.is_current(sealed), keyring.is_current(sealed)) == (False, True)


def test_resealed_it_needs_the_new_key_only(keyring: Keyring) -> None:
    sealed = keyring.seal(SECRET, HERE)
    both = Keyring.parse(f"new:{NEW},old:{OLD}")
    resealed = both.reseal(sealed, HERE)
    assert both.is_current(resealed)
    assert Keyring.parse(f"new:{NEW}").open(resealed, HERE) == SECRET
    with pytest.raises(CannotOpen):
        both.reseal(sealed, "elsewhere")


def test_without_a_key_nothing_is_sealed() -> None:
    empty = Keyring.parse("")
    assert not empty
    with pytest.raises(NoKey, match="VAULT_KEYS is empty"):
        empty.seal(SECRET, HERE)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (NEW, "write each key as id:key"),
        (f"a b:{NEW}", "is not 1 to 32 letters"),
        (f":{NEW}", "is not 1 to 32 letters"),
        ("a:AAAA", "the key 'a' has 3 bytes, expected 32"),
        ("a:" + "ы" * 43, "the key 'a' is not URL-safe base64"),
        ("a:" + "/" * 43, "the key 'a' is not URL-safe base64"),
        (f"a:{NEW},a:{OLD}", "the key id 'a' stands there twice"),
    ],
)
def test_keys_that_are_none_are_refused_without_being_shown(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as raised:
        Keyring.parse(text)
    assert NEW not in str(raised.value)


def test_new_keys_fit_and_differ() -> None:
    assert repr(Keyring.parse(f"a:{new_key()}")) == "Keyring(a)"
    assert new_key() != new_key()


def test_a_keyring_shows_the_ids_only_and_travels_nowhere() -> None:
    keyring = Keyring.parse(f"old:{OLD}")
    assert repr(keyring) == "Keyring(old)"
    with pytest.raises(TypeError, match="not sent"):
        pickle.dumps(keyring)
