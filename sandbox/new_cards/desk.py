"""The desk that takes batches of new cards, judges them, and gives the good ones to the moderators."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.cards import Card
from sandbox.catalogue import catalogue
from sandbox.chance import stream
from sandbox.clock import DAY
from sandbox.market import Market
from sandbox.new_cards.attributes import Attribute, attributes_of, categories
from sandbox.new_cards.schema import Filled, Wanted
from sandbox.seller import Product, Seller

# Seconds until a batch is looked at, and until all of it is judged. No source names the words in between.
LOOKED_AT_AFTER = 5.0
JUDGED_AFTER = 60.0
# An offer that joins a card which is there takes a quarter of an hour, a card that is new up to three days.
JOINED_AFTER = 900.0
MODERATED_AFTER = (0.5 * DAY, 3 * DAY)
# Nothing can be downloaded from an address that ends so.
LOST_IMAGE = "/missing.jpg"

UPLOADED, PROCESSING, FINISHED, ERROR = "UPLOADED", "PROCESSING", "FINISHED", "ERROR"
Remark = dict[str, str]
Fields = dict[str, Any]


@dataclass(slots=True)
class Batch:
    """Cards that were sent together. `verdicts`: the remarks on each SKU; one without any was accepted."""

    code: str
    merchant_id: str
    sent_at: float
    verdicts: dict[str, list[Remark]]
    skipped: int

    def status(self, now: float) -> str:
        age = now - self.sent_at
        return UPLOADED if age < LOOKED_AT_AFTER else PROCESSING if age < JUDGED_AFTER else FINISHED


@dataclass(order=True, slots=True)
class Moderation:
    """A card before the moderators, until `ends_at`."""

    ends_at: float
    sku: str
    merchant_id: str = field(compare=False)
    wanted: Wanted = field(compare=False)


class Desk:
    """All batches, and the cards that moderators look at. `publish` makes a new card known to the whole world."""

    def __init__(
        self, seed: int, sellers: Mapping[str, Seller], market: Market, publish: Callable[[Card], None]
    ) -> None:
        self._seed = seed
        self._sellers = sellers
        self._market = market
        self._publish = publish
        self._batches: dict[str, Batch] = {}
        self._moderated: list[Moderation] = []

    def take(self, merchant_id: str, batch: list[Wanted], now: float) -> Batch:
        """Take a batch; the same cards sent twice are two batches."""
        known = self._sellers[merchant_id].products
        taken = {each.sku for each in self._moderated if each.merchant_id == merchant_id} | known.keys()
        rng = stream(self._seed, f"import/{len(self._batches)}")
        made = Batch(
            code=f"{rng.getrandbits(96):024x}",
            merchant_id=merchant_id,
            sent_at=now,
            verdicts={wanted.sku: judge(wanted) for wanted in batch if wanted.sku not in taken},
            skipped=sum(wanted.sku in taken for wanted in batch),
        )
        self._batches[made.code] = made
        accepted = [wanted for wanted in batch if made.verdicts.get(wanted.sku) == []]
        self._moderated += [self._moderation(merchant_id, wanted, now, rng) for wanted in accepted]
        return made

    def find(self, merchant_id: str, code: str) -> Batch | None:
        """Return the merchant's batch; None for a stranger's and for none."""
        batch = self._batches.get(code)
        return batch if batch is not None and batch.merchant_id == merchant_id else None

    def advance_to(self, moment: float) -> None:
        """Let the moderators finish what is due, in the order of its time."""
        due = sorted(each for each in self._moderated if each.ends_at <= moment)
        self._moderated = [each for each in self._moderated if each.ends_at > moment]
        for each in due:
            self._approve(each)

    def _moderation(self, merchant_id: str, wanted: Wanted, now: float, rng: random.Random) -> Moderation:
        wait = JOINED_AFTER if self._card_like(wanted) else rng.uniform(*MODERATED_AFTER)
        return Moderation(now + JUDGED_AFTER + wait, wanted.sku, merchant_id, wanted)

    def _approve(self, moderation: Moderation) -> None:
        """Give the seller a product on the card; its price and stock come with the price list."""
        card = self._card_like(moderation.wanted)
        if card is None:
            card = make_card(self._seed, moderation)
            self._publish(card)
        seller = self._sellers[moderation.merchant_id]
        if seller.product_on(card.id) is None:
            seller.add(Product(moderation.sku, card, moderation.wanted.title, cost=0))

    def _card_like(self, wanted: Wanted) -> Card | None:
        """Return the card that these goods have already."""
        cards = (shelf.card for shelf in self._market)
        return next((card for card in cards if (card.title, card.brand) == (wanted.title, wanted.brand)), None)


def result_fields(batch: Batch) -> Fields:
    """Return what became of each SKU, as the API says it. The shape of a failed one is a free choice."""
    failed = sum(bool(remarks) for remarks in batch.verdicts.values())
    return {
        "errors": failed,
        "warnings": 0,
        "skipped": batch.skipped,
        "total": len(batch.verdicts) + batch.skipped,
        "result": {
            sku: {"state": ERROR, "errors": remarks} if remarks else {"state": FINISHED}
            for sku, remarks in batch.verdicts.items()
        },
    }


def judge(wanted: Wanted) -> list[Remark]:
    """Return what is wrong with a card; an empty list: nothing."""
    category = categories().get(wanted.category)
    if category is None:
        return [_remark("category.unknown", f"Категория {wanted.category} не найдена")]
    known = attributes_of(category)
    filled = {each.code: each for each in wanted.attributes}
    remarks = [
        _remark("attribute.required", f"Не заполнен обязательный атрибут {code}")
        for code, attribute in known.items()
        if attribute.mandatory and code not in filled
    ]
    for code, each in filled.items():
        if code not in known:
            remarks.append(_remark("attribute.unknown", f"Атрибута {code} нет в категории"))
        elif not _fits(each, known[code]):
            remarks.append(_remark("attribute.value", f"Недопустимое значение атрибута {code}"))
    lost = [image.url for image in wanted.images if image.url.endswith(LOST_IMAGE)]
    return remarks + [_remark("image.unavailable", f"Не удалось загрузить изображение {url}") for url in lost]


def make_card(seed: int, moderation: Moderation) -> Card:
    """Make the page of goods that nobody sold before."""
    wanted = moderation.wanted
    rng = stream(seed, f"new-card/{moderation.merchant_id}/{moderation.sku}")
    category = categories()[wanted.category]
    return Card(
        # Cards of the beginning have lower numbers.
        id=str(rng.randint(170_000_000, 179_999_999)),
        title=wanted.title,
        brand=wanted.brand,
        model=wanted.title,
        category=category,
        root=catalogue().root(category.root),
        weight_g=category.weights[0],
        base_price=category.prices[0],
        rating=0.0,
        reviews=0,
        popularity=1.0,
        created_at=moderation.ends_at,
    )


def _fits(filled: Filled, attribute: Attribute) -> bool:
    values = filled.value if isinstance(filled.value, list) else [filled.value]
    if len(values) > 1 and not attribute.multi_valued:
        return False
    match attribute.type:
        case "boolean":
            return all(isinstance(value, bool) for value in values)
        case "number":
            return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
        case "enum":
            return all(value in attribute.values for value in values)
        case "string":
            return all(isinstance(value, str) for value in values)


def _remark(code: str, message: str) -> Remark:
    return {"code": code, "message": message}
