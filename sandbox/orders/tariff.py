"""What Kaspi charges a seller for carrying an order, by the tariff of 2026."""

from sandbox.orders.order import Mode, Order

VAT = 0.16
# Order value below → city, Kazakhstan, Express, in tenge without VAT; above 10,000 tenge weight decides.
_BY_VALUE = ((1_000, (49, 49, 49)), (3_000, (149, 149, 149)), (5_000, (199, 199, 199)), (10_000, (699, 799, 799)))
_BY_WEIGHT_G = (
    (5_000, (1_099, 1_299, 1_699)),
    (15_000, (1_349, 1_699, 1_849)),
    (30_000, (2_299, 3_599, 3_149)),
    (60_000, (2_899, 5_649, 3_599)),
    (100_000, (4_149, 8_549, 5_599)),
)
_HEAVIEST = (6_449, 11_999, 8_449)


def delivery_cost_for_seller(order: Order) -> int:
    """Return the charge in whole tenge, VAT included; 0 where the seller carries it himself."""
    if not order.delivery.by_kaspi:
        return 0
    return round(_costs(order)[_column(order)] * (1 + VAT))


def _costs(order: Order) -> tuple[int, int, int]:
    by_value = next((costs for bound, costs in _BY_VALUE if order.total < bound), None)
    return by_value or next((costs for bound, costs in _BY_WEIGHT_G if order.weight_g <= bound), _HEAVIEST)


def _column(order: Order) -> int:
    if order.delivery.express:
        return 2
    return 0 if order.delivery.mode in {Mode.LOCAL, Mode.PICKUP} else 1
