"""The fee tables as the calculator takes them."""

from pricing.economics import DeliveryRow, RateName, ShareRow, Zone
from stores.models import FeeDelivery, FeeShare


def read_share_rows() -> list[ShareRow]:
    """All shares of all days. Raises BadRate for a row that no share can be."""
    return [
        ShareRow(
            rate=RateName(row.rate),
            key=row.key,
            share=row.share,
            code=row.code,
            valid_from=row.valid_from.toordinal(),
            valid_to=None if row.valid_to is None else row.valid_to.toordinal(),
        )
        for row in FeeShare.objects.all()
    ]


def read_delivery_rows() -> list[DeliveryRow]:
    """All delivery fees of all days. Raises BadRate for a row that no fee can be."""
    return [
        DeliveryRow(
            zone=Zone(row.zone),
            price_from=row.price_from,
            price_to=row.price_to,
            weight_from_g=row.weight_from_g,
            weight_to_g=row.weight_to_g,
            fee=row.fee,
            code=row.code,
            valid_from=row.valid_from.toordinal(),
            valid_to=None if row.valid_to is None else row.valid_to.toordinal(),
        )
        for row in FeeDelivery.objects.all()
    ]
