"""From a purchase to an order: who bought, how it is paid and carried, and what will come of it."""

import random
from dataclasses import dataclass

from sandbox.cards import Card
from sandbox.catalogue import City
from sandbox.chance import stream
from sandbox.clock import DAY, HOUR
from sandbox.orders.hours import planned_handover
from sandbox.orders.order import Address, Buyer, Delivery, Entry, Fate, Mode, Order, Payment

_FIRST_NAMES = ("Айгерим", "Данияр", "Мадина", "Ерлан", "Сауле", "Тимур", "Әсел", "Виктор", "Ольга", "Нұрлан")
_LAST_NAMES = ("Сапарова", "Ким", "Оспанов", "Иванова", "Жумабаев", "Тлеуова", "Петров", "Қасымова", "Ли", "Абенова")
_STREETS = ("ул. Синтетическая", "пр. Примерный", "ул. Образцовая", "мкр. Үлгі")
_CREDIT_MONTHS = (3, 6, 12, 24)

# How often goods travel in which way.
_DELIVERIES = (
    (12, Delivery(Mode.PICKUP, by_kaspi=False)),
    (22, Delivery(Mode.PICKUP, by_kaspi=True)),
    (12, Delivery(Mode.LOCAL, by_kaspi=False)),
    (22, Delivery(Mode.LOCAL, by_kaspi=True)),
    (6, Delivery(Mode.LOCAL, by_kaspi=True, express=True)),
    (20, Delivery(Mode.REGIONAL_TODOOR, by_kaspi=True)),
    (3, Delivery(Mode.REGIONAL_TODOOR, by_kaspi=False)),
    (3, Delivery(Mode.REGIONAL_PICKUP, by_kaspi=True)),
)
_DAYS = {Mode.PICKUP: 1, Mode.LOCAL: 1, Mode.REGIONAL_TODOOR: 4, Mode.REGIONAL_PICKUP: 5}
# What goods sold by weight may weigh less than ordered; nobody says how much.
LEAST_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """One article of a basket. The price is in tenge per unit."""

    sku: str
    card: Card
    quantity: int
    price: int
    unit_type: str = "PIECES"
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Basket:
    """What a buyer takes from one point of one merchant. None leaves the choice to chance."""

    merchant_id: str
    city: City
    point: str
    lines: tuple[Line, ...]
    preorder_days: int = 0
    delivery: Delivery | None = None
    payment: Payment | None = None
    fate: Fate | None = None


def place_order(seed: int, code: str, basket: Basket, now: float) -> Order:
    """Make the order. Its chances are its own, so no other order or call changes them."""
    rng = stream(seed, f"order/{code}")
    buyer = _make_buyer(rng)
    delivery = _choose_delivery(rng, basket.city)
    payment = _choose_payment(rng)
    fate = _draw_fate(rng)
    delivery, payment, fate = basket.delivery or delivery, basket.payment or payment, basket.fate or fate
    handover = planned_handover(now, express=delivery.express) + basket.preorder_days * DAY
    return Order(
        code=code,
        merchant_id=basket.merchant_id,
        city_id=basket.city.id,
        point=basket.point,
        buyer=buyer,
        entries=[_make_entry(number, line) for number, line in enumerate(basket.lines)],
        delivery=delivery,
        payment=payment,
        fate=fate,
        placed_at=now,
        changed_at=now,
        handover_planned_at=handover,
        planned_delivery_at=handover + (2 * HOUR if delivery.express else _DAYS[delivery.mode] * DAY),
        is_preorder=basket.preorder_days > 0,
        awaits_goods=basket.preorder_days > 0,
    )


def _make_entry(number: int, line: Line) -> Entry:
    return Entry(
        number=number,
        sku=line.sku,
        card=line.card,
        quantity=line.quantity,
        price=line.price,
        unit_type=line.unit_type,
        weight=line.weight,
        least_weight=round(line.weight * LEAST_WEIGHT, 1),
        needs_imei=line.card.category.code == "Smartphones",
    )


def _make_buyer(rng: random.Random) -> Buyer:
    return Buyer(
        first_name=rng.choice(_FIRST_NAMES),
        last_name=rng.choice(_LAST_NAMES),
        phone=f"799{rng.randint(0, 9_999_999):07}",
        is_masked=rng.random() < 0.2,
    )


def _choose_delivery(rng: random.Random, city: City) -> Delivery:
    weights = [weight for weight, _ in _DELIVERIES]
    delivery = rng.choices([delivery for _, delivery in _DELIVERIES], weights)[0]
    address = Address(
        town=city.name,
        street=rng.choice(_STREETS),
        house=str(rng.randint(1, 150)),
        apartment=str(rng.randint(1, 90)) if rng.random() < 0.7 else None,
        latitude=round(rng.uniform(43.1, 51.2), 6),
        longitude=round(rng.uniform(69.5, 77.0), 6),
    )
    is_collected = delivery.mode is Mode.PICKUP and not delivery.by_kaspi
    return Delivery(delivery.mode, delivery.by_kaspi, delivery.express, None if is_collected else address)


def _choose_payment(rng: random.Random) -> Payment:
    months = rng.choice(_CREDIT_MONTHS) if rng.random() < 0.4 else 0
    return Payment(months, signature_required=months > 0 and rng.random() < 0.1)


def _draw_fate(rng: random.Random) -> Fate:
    return Fate(
        changes_mind=rng.uniform(600, 2 * DAY) if rng.random() < 0.04 else None,
        signs=rng.uniform(300, 6 * HOUR) if rng.random() < 0.9 else None,
        waybill=rng.uniform(5, 180),
        hands_over=rng.uniform(600, 4 * HOUR),
        travels=rng.uniform(0.3 * DAY, 5 * DAY),
        refuses=rng.random() < 0.06,
        asks_return=rng.uniform(DAY, 14 * DAY) if rng.random() < 0.04 else None,
        slow_cancel=rng.random() < 0.3,
    )
