"""What most tests of the services begin with."""

import pytest

from stores.models import CityPrice, Store
from tests import cast


@pytest.fixture
def row(store: Store) -> CityPrice:
    """The price of a product in Almaty: 10,000 ₸, between 8,000 and 12,000."""
    return cast.city_price(cast.product(store))
