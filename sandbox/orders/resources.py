"""Orders and what hangs below them as JSON:API resources, in the shapes of the partner guide."""

from typing import Any

from sandbox.catalogue import City
from sandbox.faults import FaultKind
from sandbox.orders.order import Address, Buyer, Entry, Order, Status, encode_id
from sandbox.orders.tariff import delivery_cost_for_seller
from sandbox.seller import SalesPoint

Fields = dict[str, Any]

MASKED_PHONE = "0000000000"


def milliseconds(moment: float) -> int:
    """Return seconds since 1970 as the API writes moments."""
    return round(moment * 1000)


class Resources:
    """
    Draws resources with links to where they can be had: `root` is the address of `/v2`. Some `lies` change what is told
    of orders.
    """

    def __init__(
        self,
        root: str,
        points: dict[str, SalesPoint],
        cities: dict[str, City],
        lies: frozenset[FaultKind] = frozenset(),
    ) -> None:
        self._root = root
        self._points = points
        self._cities = cities
        self._lies = lies

    def order(self, order: Order, include: str = "") -> Fields:
        """`include` is `entries` or `user`: the relation whose resources stand in `included`."""
        order_id = encode_id(order.code)
        entries = self._relation("orders", order_id, "entries")
        user = self._relation("orders", order_id, "user")
        if include == "entries":
            entries["data"] = [{"type": "orderentries", "id": entry_id(order, entry)} for entry in kept(order)]
        user["data"] = {"type": "customers", "id": encode_id(order.buyer.phone)} if include == "user" else None
        relations = None if FaultKind.NULLS in self._lies else {"entries": entries, "user": user}
        return self._resource("orders", order_id, self._order_fields(order), relations)

    def entry(self, order: Order, entry: Entry) -> Fields:
        identity = entry_id(order, entry)
        fields = {
            "entryNumber": entry.number,
            "quantity": entry.quantity,
            "basePrice": float(entry.price),
            "totalPrice": float(entry.total),
            "weight": entry.weight,
            "deliveryCost": 0.0,
            "unitType": entry.unit_type,
            "isImeiRequired": entry.needs_imei,
            "category": {"code": entry.card.category.master_code, "title": entry.card.category.title},
            "offer": {"code": entry.sku, "name": entry.card.title},
        }
        if entry.weight:
            fields["minAllowedWeight"] = entry.least_weight
        product = self._relation("orderentries", identity, "product")
        product["data"] = {"type": "masterproducts", "id": encode_id(entry.card.id)}
        point = self._relation("orderentries", identity, "deliveryPointOfService")
        point["data"] = {"type": "pointofservices", "id": point_id(order)}
        return self._resource("orderentries", identity, fields, {"product": product, "deliveryPointOfService": point})

    def product(self, entry: Entry) -> Fields:
        identity = encode_id(entry.card.id)
        card = entry.card
        fields = {
            "code": card.id,
            "name": card.title,
            "manufacturer": card.brand,
            "category": card.category.title,
        }
        merchant = self._relation("masterproducts", identity, "merchantProduct")
        return self._resource("masterproducts", identity, fields, {"merchantProduct": merchant | {"data": None}})

    def customer(self, buyer: Buyer) -> Fields:
        fields = {"firstName": buyer.first_name, "lastName": buyer.last_name, "cellPhone": _phone(buyer)}
        return self._resource("customers", encode_id(buyer.phone), fields, {})

    def point(self, order: Order) -> Fields:
        point = self._points[order.point]
        fields = {"displayName": point.code, "address": _point_address(self._cities[point.city_id], point)}
        city = self._relation("pointofservices", point_id(order), "city")
        return self._resource("pointofservices", point_id(order), fields, {"city": city})

    def city(self, city_id: str) -> Fields:
        city = self._cities[city_id]
        return self._resource("cities", encode_id(city.id), _city_fields(city), {})

    def echo(self, order: Order, sent: Fields) -> Fields:
        """The answer to a change of status: what was sent, and nothing else."""
        order_id = encode_id(order.code)
        relations = {
            "user": self._relation("orders", order_id, "user") | {"data": None},
            "entries": self._relation("orders", order_id, "entries"),
        }
        return self._resource("orders", order_id, sent, relations)

    def _resource(self, kind: str, identity: str, fields: Fields, relations: Fields | None) -> Fields:
        return {
            "type": kind,
            "id": identity,
            "attributes": fields,
            "relationships": relations,
            "links": {"self": f"{self._root}/{kind}/{identity}"},
        }

    def _relation(self, kind: str, identity: str, name: str) -> Fields:
        here = f"{self._root}/{kind}/{identity}"
        return {"links": {"self": f"{here}/relationships/{name}", "related": f"{here}/{name}"}}

    def _order_fields(self, order: Order) -> Fields:
        """Every attribute; what does not apply is left out."""
        fields: Fields = {
            "code": order.code,
            "totalPrice": float(order.total),
            "paymentMode": "PAY_WITH_CREDIT" if order.payment.credit_months else "PREPAID",
            "creationDate": milliseconds(order.placed_at),
            "approvedByBankDate": milliseconds(order.placed_at + 1.5),
            "plannedDeliveryDate": milliseconds(order.planned_delivery_at),
            "deliveryCostForSeller": float(delivery_cost_for_seller(order)),
            "deliveryCost": 0.0 if order.total >= 5_000 else 995.0,
            "isKaspiDelivery": order.delivery.by_kaspi,
            "deliveryMode": order.delivery.mode,
            "signatureRequired": order.payment.signature_required,
            "creditTerm": order.payment.credit_months,
            "preOrder": order.is_preorder if FaultKind.PREORDER_STAYS in self._lies else order.awaits_goods,
            "pickupPointId": f"{order.merchant_id}_{order.point}",
            "state": order.state,
            "status": order.status,
            "assembled": order.assembled,
            "customer": self._buyer(order.buyer),
            "originAddress": self._origin(order),
        }
        return fields | self._occasional_fields(order)

    def _buyer(self, buyer: Buyer) -> Fields:
        if FaultKind.NO_BUYER in self._lies:
            return {"name": None, "cellPhone": MASKED_PHONE}
        return {
            "id": encode_id(buyer.phone),
            "name": None,
            "cellPhone": _phone(buyer),
            "firstName": buyer.first_name,
            "lastName": buyer.last_name,
        }

    def _occasional_fields(self, order: Order) -> Fields:
        fields: Fields = {}
        if order.delivery.address is not None:
            fields["deliveryAddress"] = _address_fields(order.delivery.address)
        if order.reserved_until is not None:
            fields["reservationDate"] = milliseconds(order.reserved_until)
        if order.completed_at is not None:
            fields["completionDate"] = milliseconds(order.completed_at)
        if order.status in {Status.CANCELLING, Status.CANCELLED}:
            fields["cancellationReason"] = order.reason
        if any(entry.needs_imei for entry in order.entries):
            fields["isImeiRequired"] = True
        if order.delivery.by_kaspi:
            fields["kaspiDelivery"] = self._kaspi_delivery(order)
        return fields

    def _kaspi_delivery(self, order: Order) -> Fields:
        handed_over_at = order.handed_over_at
        fields: Fields = {
            "waybill": None,
            "courierTransmissionDate": None if handed_over_at is None else milliseconds(handed_over_at),
            "courierTransmissionPlanningDate": milliseconds(order.handover_planned_at),
            "express": order.delivery.express,
            "returnedToWarehouse": order.is_back,
            "firstMileCourier": None,
        }
        if order.waybill_number is not None:
            fields["waybill"] = f"{self._root.removesuffix('/v2')}/waybill/{encode_id(order.waybill_number)}"
            fields["waybillNumber"] = order.waybill_number
        return fields

    def _origin(self, order: Order) -> Fields:
        point = self._points[order.point]
        city = self._cities[point.city_id]
        return {
            "id": point_id(order),
            "displayName": point.code,
            "address": _point_address(city, point),
            "city": {"id": encode_id(city.id), **_city_fields(city)},
        }


def kept(order: Order) -> list[Entry]:
    """Return the lines that are left."""
    return [entry for entry in order.entries if entry.quantity > 0]


def entry_id(order: Order, entry: Entry) -> str:
    return encode_id(f"{order.code}##{entry.number}")


def point_id(order: Order) -> str:
    return encode_id(f"{order.merchant_id}_{order.point}")


def _phone(buyer: Buyer) -> str:
    return MASKED_PHONE if buyer.is_masked else buyer.phone


def _city_fields(city: City) -> Fields:
    return {"code": city.id, "name": city.name, "active": True}


def _address_fields(address: Address) -> Fields:
    return {
        "streetName": address.street,
        "streetNumber": address.house,
        "town": address.town,
        "district": None,
        "building": None,
        "apartment": address.apartment,
        "formattedAddress": ", ".join(filter(None, (address.town, address.street, address.house, address.apartment))),
        "latitude": address.latitude,
        "longitude": address.longitude,
    }


def _point_address(city: City, point: SalesPoint) -> Fields:
    street, _, house = point.address.removeprefix(f"{city.name}, ").partition(", ")
    return _address_fields(Address(city.name, street, house, None, 43.25, 76.9)) | {"formattedAddress": point.address}
