"""A pricing rule: which products, which strategy, which plan; and its switch."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cabinet.fields import CategoryField
from cabinet.forms.plan import EditForm
from money.fields import WholeNumberField
from stores.models import PricingRule, Product
from stores.services.money import thousands
from stores.services.prices import plans


class RuleForm(EditForm):
    """What a rule says. `categories`: those that may be chosen. A rule that is not saved yet is a new one."""

    name = forms.CharField(label=_("Name"), max_length=200)
    category_code = CategoryField(label=_("Category"))

    def __init__(self, rule: PricingRule, categories: Sequence[str], data: Mapping[str, Any] | None = None) -> None:
        self.rule = rule
        present = {"version": rule.version, "name": rule.name, "category_code": rule.category_code}
        super().__init__(plans.Policy(rule.strategy, rule.plan, rule.step), present, data)
        self.fields["category_code"].offer(categories)  # type: ignore[attr-defined] # as declared

    def values(self) -> dict[str, Any]:
        """What was filled in, as the service takes it."""
        told = {name: self.cleaned_data[name] for name in ("name", "category_code", "strategy", "step")}
        return told | {"plan": self.stored_plan()}

    def _now(self) -> dict[str, tuple[Any, str]]:
        rule = self.rule
        return {
            "name": (rule.name, rule.name),
            "category_code": (rule.category_code, rule.category_code or str(_("The whole store"))),
            "step": (rule.step, thousands(rule.step)),
            "strategy": (rule.strategy, str(Product.Strategy(rule.strategy).label)),
        }


class SwitchForm(forms.Form):
    """Switch a rule, as it was read (`version`), on or off."""

    version = WholeNumberField()
    is_on = forms.BooleanField(required=False)
