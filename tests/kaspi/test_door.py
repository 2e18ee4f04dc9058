"""The one public door is complete, and nothing else comes through it."""

import importlib
import inspect
from types import ModuleType

import pytest

import kaspi

PUBLIC_MODULES = ["kaspi.errors", "kaspi.types", "kaspi.price_list", "kaspi.price_list.types"]


def test_the_door_shows_what_it_names_and_no_more() -> None:
    shown = {name for name, value in vars(kaspi).items() if not name.startswith("_") and not is_module(value)}
    assert shown <= set(kaspi.__all__)
    assert [name for name in kaspi.__all__ if not hasattr(kaspi, name)] == []


@pytest.mark.parametrize("module_name", PUBLIC_MODULES)
def test_every_public_class_and_function_has_a_place_at_the_door(module_name: str) -> None:
    module = importlib.import_module(module_name)
    public = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__.startswith("kaspi.")
    }
    assert public
    assert public <= set(kaspi.__all__)


@pytest.mark.parametrize("name", [name for name in kaspi.__all__ if callable(getattr(kaspi, name))])
def test_everything_at_the_door_explains_itself(name: str) -> None:
    assert getattr(kaspi, name).__doc__.strip()


def is_module(value: object) -> bool:
    return isinstance(value, ModuleType)
