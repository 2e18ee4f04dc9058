from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.rules import RuleForm, SwitchForm
from cabinet.forms.store_prices import MODES
from cabinet.own_rows import own_store
from cabinet.presenters import rules as presenter
from cabinet.presenters.frame import frame_of
from stores.models import PricingRule, Product, Store
from stores.services.errors import Refusal, StaleEdit
from stores.services.prices.rules import change_rule, create_rule, delete_rule, foretell_switch


@login_required
@require_safe
def rules(request: HttpRequest, store_id: int) -> HttpResponse:
    """The rules of a store, and which products follow them."""
    store = own_store(request, store_id)
    context = {"frame": frame_of(store, request.user), "rules": presenter.rules_of(store)}
    return render(request, "cabinet/rules.html", context)


@login_required
@require_safe
def new_rule(request: HttpRequest, store_id: int) -> HttpResponse:
    """An empty form."""
    store = own_store(request, store_id)
    return _new_page(request, store, _form(_unsaved(store)))


@login_required
@require_POST
def create(request: HttpRequest, store_id: int) -> HttpResponse:
    """Make a rule; it is off. What is refused is shown at its field, with everything that was typed."""
    store = own_store(request, store_id)
    form = _form(_unsaved(store), request.POST)
    if not form.is_valid():
        return _new_page(request, store, form)
    try:
        made = create_rule(store, form.values(), request.user)
    except Refusal as refusal:
        form.refuse(refusal)
        return _new_page(request, store, form)
    messages.success(request, _("The rule is made. It is off, and moves nothing until you switch it on."))
    return redirect("cabinet:rule", rule_id=made.pk)


@login_required
@require_safe
def rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    """One rule: what it says, its switch, the way to try it."""
    found = _find(request, rule_id)
    return _page(request, found, _form(found))


@login_required
@require_POST
def edit(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Apply the form; where the rule is on, prices follow at the next look."""
    found = _find(request, rule_id)
    form = _form(found, request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    try:
        change_rule(found, form.cleaned_data["version"], form.values(), request.user)
    except StaleEdit:
        form.rebase()
        return _page(request, found, form)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, found, form)
    messages.success(request, _("Saved."))
    return redirect("cabinet:rule", rule_id=found.pk)


@login_required
@require_POST
def switch(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Switch the rule on or off, as it was read."""
    found = _find(request, rule_id)
    form = SwitchForm(request.POST)
    if form.is_valid():
        values = {"is_on": form.cleaned_data["is_on"]}
        try:
            changed = change_rule(found, form.cleaned_data["version"], values, request.user)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The rule is on.") if changed.is_on else _("The rule is off."))
    return redirect("cabinet:rule", rule_id=found.pk)


@login_required
@require_POST
def delete(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Take away a rule that is off."""
    found = _find(request, rule_id)
    try:
        delete_rule(found, request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("cabinet:rule", rule_id=found.pk)
    messages.success(request, _("The rule “%(name)s” is deleted.") % {"name": found.name})
    return redirect("cabinet:rules", store_id=found.store_id)


def _find(request: HttpRequest, rule_id: int) -> PricingRule:
    return get_object_or_404(PricingRule.objects.for_user(request.user).select_related("store"), pk=rule_id)


def _unsaved(store: Store) -> PricingRule:
    return PricingRule(store=store, strategy=Product.Strategy.UNDERCUT)


def _form(of_rule: PricingRule, data: Any = None) -> RuleForm:
    return RuleForm(of_rule, presenter.categories_of(of_rule.store), data)


def _new_page(request: HttpRequest, store: Store, form: RuleForm) -> HttpResponse:
    return render(request, "cabinet/new_rule.html", {"frame": frame_of(store, request.user), "form": form})


def _page(request: HttpRequest, found: PricingRule, form: RuleForm) -> HttpResponse:
    context = {
        "frame": frame_of(found.store, request.user),
        "told": presenter.rule_of(found),
        "mode_text": MODES[found.store.mode],
        "tariff_limit": foretell_switch(found),
        "form": form,
    }
    return render(request, "cabinet/rule.html", context)
