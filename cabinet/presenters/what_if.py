"""What-ifs: the questions of a store, and the answer to one, told in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cabinet.forms.what_if import AS_NOW
from cabinet.presenters.rules import tell_policy
from cabinet.templatetags.money import decimal, percent
from money import tenge
from stores.models import PricingRule, Product, Replay, Store
from stores.services.cities import city_name
from stores.services.money import thousands
from stores.services.prices.explain import why_held, why_unknown
from stores.services.prices.replay.sentences import sentences

LAST_ASKED = 20
# Which way of a number is the better one for a seller.
MORE, LESS, EITHER = 1, -1, 0
_MORE, _LESS = gettext_lazy("%(difference)s more"), gettext_lazy("%(difference)s less")
Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """A question in words. `percent`: how much of the record has been read."""

    replay: Replay
    strategy: str
    details: list[str]
    percent: int
    is_open: bool


@dataclass(frozen=True)
class Questions:
    """The last questions of a store, newest first; `are_open`: the answer to one at least is still to come."""

    asked: list[Asked]
    are_open: bool


@dataclass(frozen=True)
class Comparison:
    """One number as it would have been and as it was, the difference in words; `tone`: is-good, is-bad or none."""

    name: str
    would: str
    was: str
    words: str
    tone: str


@dataclass(frozen=True)
class Affected:
    """One price that would have gone otherwise. `product` None: it is no longer in the store."""

    product: Product | None
    sku: str
    city: str
    city_id: str
    would: Figures
    was: Figures


@dataclass(frozen=True)
class Answer:
    """What a replay says: the numbers, the prices most affected, what was left out or held, what nobody can know."""

    prices: int
    decisions: int
    comparisons: list[Comparison]
    affected: list[Affected]
    remarks: list[str]
    unknown: list[str]


@dataclass(frozen=True)
class Number:
    """A number of the comparison: where it stands, how it is written, which way is better, words for the difference."""

    name: str | Promise
    read: Callable[[Figures], float | None]
    write: Callable[[float], str]
    better: int = EITHER
    more: str | Promise = _MORE
    less: str | Promise = _LESS
    write_difference: Callable[[float], str] | None = None

    def compare(self, would: Figures, was: Figures) -> Comparison:
        """The number of both."""
        one, other = self.read(would), self.read(was)
        return Comparison(
            name=str(self.name),
            would=self._show(one),
            was=self._show(other),
            words=self._tell(one, other),
            tone=self._tone(one, other),
        )

    def _show(self, value: float | None) -> str:
        return "–" if value is None else self.write(value)

    def _tell(self, would: float | None, was: float | None) -> str:
        if would is None or was is None:
            return _("not known")
        if would == was:
            return _("the same")
        write = self.write_difference or self.write
        return str(self.more if would > was else self.less) % {"difference": write(abs(would - was))}

    def _tone(self, would: float | None, was: float | None) -> str:
        if would is None or was is None or would == was or self.better == EITHER:
            return ""
        return "is-good" if (would > was) == (self.better == MORE) else "is-bad"


def points(part: float) -> str:
    """How far two shares are apart."""
    return _("%(number)s points") % {"number": decimal(part * 100, 1)}


def count(number: float) -> str:
    """`1 234`."""
    return thousands(round(number))


NUMBERS: Sequence[Number] = (
    Number(gettext_lazy("Changes spent"), lambda told: told["changes"], count),
    Number(gettext_lazy("Most changes in half an hour"), lambda told: told["worst_half_hour"], count),
    Number(gettext_lazy("Price on average"), lambda told: told["average"], tenge),
    Number(
        gettext_lazy("Place on average"),
        lambda told: told["place"],
        decimal,
        LESS,
        more=gettext_lazy("%(difference)s further down"),
        less=gettext_lazy("%(difference)s nearer the top"),
    ),
    Number(
        gettext_lazy("Time in first place"), lambda told: told["first_place"], percent, MORE, write_difference=points
    ),
    Number(
        gettext_lazy("Time among the first three"),
        lambda told: told["top_three"],
        percent,
        MORE,
        write_difference=points,
    ),
    Number(gettext_lazy("Time at the floor"), lambda told: told["at_floor"], percent, LESS, write_difference=points),
    Number(gettext_lazy("Profit of a piece"), lambda told: told["profit"]["average"], tenge, MORE),
)


def questions_of(store: Store) -> Questions:
    """The last questions of the store: one query."""
    asked = [tell(replay) for replay in Replay.objects.for_store(store).defer("result")[:LAST_ASKED]]
    return Questions(asked, are_open=any(each.is_open for each in asked))


def tell(replay: Replay) -> Asked:
    """The question in words."""
    as_now: tuple[str, list[str]] = (str(AS_NOW[1]), [])
    strategy, details = tell_policy(replay.strategy, replay.plan, replay.step) if replay.strategy else as_now
    percent = replay.done * 100 // replay.total if replay.total else 0
    return Asked(replay, strategy, details, percent, is_open=replay.state in Replay.OPEN)


def answer_of(replay: Replay) -> Answer | None:
    """The answer, when there is one: one query."""
    result = replay.result
    if result is None:
        return None
    return Answer(
        prices=result["prices"],
        decisions=result["decisions"],
        comparisons=[number.compare(result["would"], result["was"]) for number in NUMBERS],
        affected=_affected(replay.store_id, result["rows"]),
        remarks=_remarks(result),
        unknown=sentences(result["unknown"]),
    )


def rule_asked_about(replay: Replay) -> PricingRule | None:
    """The rule, switched off, that says now exactly what was replayed: one query."""
    rules = PricingRule.objects.for_store(replay.store_id).filter(
        category_code=replay.category_code, strategy=replay.strategy, is_on=False
    )
    said = (replay.plan, replay.step)
    return None if replay.product_ids else next((rule for rule in rules if (rule.plan, rule.step) == said), None)


def _affected(store_id: int, rows: Sequence[Mapping[str, Any]]) -> list[Affected]:
    products = Product.objects.for_store(store_id).in_bulk({row["product"] for row in rows})
    return [
        Affected(
            product=products.get(row["product"]),
            sku=row["sku"],
            city=city_name(row["city_id"]),
            city_id=row["city_id"],
            would=row["would"],
            was=row["was"],
        )
        for row in rows
    ]


def _remarks(result: Mapping[str, Any]) -> list[str]:
    """What the guards would have done, and which prices are not in the numbers."""
    budget = _("The marketplace takes %(taken)s changes in half an hour; rules may spend %(for_rules)s of them.")
    remarks = [budget % result["budget"]]
    held = _("The guards would have held %(count)s wishes back. %(reason)s")
    remarks += [held % {"count": number, "reason": why_held(code)} for code, number in result["held"].items()]
    if result["without_record"]:
        remarks.append(_("Prices without a record in this period: %(count)s.") % {"count": result["without_record"]})
    if result["unfit_plans"]:
        text = _("Prices whose plan cannot be followed, or whose wanted margin is not known: %(count)s.")
        remarks.append(text % {"count": result["unfit_plans"]})
    unknown = _("Prices whose profit is not known: %(count)s. %(reason)s")
    remarks += [unknown % {"count": number, "reason": why_unknown(code)} for code, number in result["missing"].items()]
    return remarks
