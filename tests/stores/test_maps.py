"""The big folders of services say at their top which module does what, and forget none."""

import pkgutil
import re
from types import ModuleType

import pytest

from stores.services import market, orders, prices
from stores.services.prices import price_list


@pytest.mark.parametrize("package", [market, orders, prices, price_list], ids=lambda package: package.__name__)
def test_every_module_has_its_place_on_the_map(package: ModuleType) -> None:
    named = set(re.findall(r"\w+", package.__doc__ or ""))
    modules = {module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg}
    assert modules - named == set()
