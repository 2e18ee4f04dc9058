"""Product cards: the pages that belong to the marketplace and that many sellers share."""

import math
import random
from dataclasses import dataclass

from sandbox.catalogue import Catalogue, Category, Root
from sandbox.chance import stream
from sandbox.clock import DAY
from sandbox.config import MANUAL_CLOCK_STARTS_AT


@dataclass(frozen=True, slots=True)
class Card:
    """A product page. `base_price` is what the goods are worth, in whole tenge; weight is in grams."""

    id: str
    title: str
    brand: str
    model: str
    category: Category
    root: Root
    weight_g: int
    base_price: int
    rating: float
    reviews: int
    popularity: float
    created_at: float

    @property
    def base_product_code(self) -> str:
        return f"[{self.category.master_code}][{self.brand.lower()}]{{{self.model.lower()}}}"


def make_cards(seed: int, count: int, catalogue: Catalogue) -> tuple[Card, ...]:
    """Make `count` cards. Each has its own stream, so a bigger world begins with the same cards."""
    taken: set[str] = set()
    return tuple(_make_card(stream(seed, f"card/{index}"), taken, catalogue) for index in range(count))


def _make_card(rng: random.Random, taken: set[str], catalogue: Catalogue) -> Card:
    shares = [category.share for category in catalogue.categories]
    category = rng.choices(catalogue.categories, shares)[0]
    root = catalogue.root(category.root)
    brand = rng.choice(root.brands)
    model = f"{rng.choice(category.series)}{rng.randint(10, 990)}"
    has_reviews = rng.random() < 0.8
    return Card(
        id=_unused_id(rng, taken),
        title=f"{category.noun} {brand} {model} {rng.choice(category.variants)}",
        brand=brand,
        model=model,
        category=category,
        root=root,
        weight_g=round(_between(rng, *category.weights)),
        base_price=_shop_price(_between(rng, *category.prices)),
        rating=rng.randint(38, 50) / 10 if has_reviews else 0.0,
        reviews=round(_between(rng, 1, 900)) if has_reviews else 0,
        popularity=rng.paretovariate(1.2),
        created_at=MANUAL_CLOCK_STARTS_AT - rng.randint(30, 1500) * DAY,
    )


def _unused_id(rng: random.Random, taken: set[str]) -> str:
    while (card_id := str(rng.randint(100_000_000, 169_999_999))) in taken:
        pass
    taken.add(card_id)
    return card_id


def _between(rng: random.Random, low: float, high: float) -> float:
    """Return a number in the range, small ones likelier: what is twice as big is half as common."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def _shop_price(price: float) -> int:
    """Return the price as a shop would print it: ending in 90."""
    return max(890, round(price / 100) * 100 - 10)
