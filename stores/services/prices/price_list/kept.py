"""
The prices of the list that is live, for a list that must not move any.

While prices are stopped the rows may say others already (what was put back waits there); what sold out, was counted or
closed meanwhile must reach the marketplace all the same.
"""

from collections.abc import Mapping

import kaspi
from stores.services.prices.price_list.index import Former


class KeptPrices:
    """What a list asks for each article."""

    def __init__(self, former: Former) -> None:
        self._former = former

    def of(self, product_id: int, sku: str, cities: str) -> tuple[str, str]:
        """
        In which of these cities the list has a price of the product, and the prices: texts with commas between.

        Raises kaspi.MalformedPriceList.
        """
        listed = self._listed(product_id, sku)
        kept = [city for city in cities.split(",") if city in listed]
        return ",".join(kept), ",".join(str(listed[city]) for city in kept)

    def _listed(self, product_id: int, sku: str) -> Mapping[str, int]:
        start = self._former.index.find(product_id)
        if start is None:
            return {}
        with self._former.path.open("rb") as file:
            file.seek(start)
            line = kaspi.read_price_list_line(file)
        # Under another article it is another offer to the marketplace, which has not been on sale yet.
        return line.city_prices if line.sku == sku else {}
