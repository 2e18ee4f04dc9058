from django.contrib.auth.views import LogoutView
from django.urls import path

from cabinet.views import (
    notifications,
    price_list,
    price_updates,
    product,
    products,
    rivals,
    rules,
    store_prices,
    what_if,
)

app_name = "cabinet"

urlpatterns = [
    path("", products.products, name="products"),
    path("login/", products.SignInView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("stores/<int:store_id>/", products.store_products, name="store-products"),
    path("stores/<int:store_id>/moved/", products.moved_products, name="moved-products"),
    path("stores/<int:store_id>/prices/", store_prices.store_prices, name="store-prices"),
    path("stores/<int:store_id>/mode/", store_prices.change_mode, name="change-mode"),
    path("stores/<int:store_id>/alarms/read/", store_prices.read_alarms, name="read-alarms"),
    path("stores/<int:store_id>/restore/", store_prices.restore_prices, name="restore-prices"),
    path("stores/<int:store_id>/price-list/", price_list.price_list, name="price-list"),
    path("stores/<int:store_id>/price-list/access/", price_list.give_access, name="give-access"),
    path("stores/<int:store_id>/rules/", rules.rules, name="rules"),
    path("stores/<int:store_id>/rules/new/", rules.new_rule, name="new-rule"),
    path("stores/<int:store_id>/rules/create/", rules.create, name="create-rule"),
    path("stores/<int:store_id>/what-if/", what_if.what_if, name="what-if"),
    path("stores/<int:store_id>/what-if/ask/", what_if.ask, name="ask-what-if"),
    path("stores/<int:store_id>/rivals/", rivals.rivals, name="rivals"),
    path("stores/<int:store_id>/notifications/", notifications.notifications, name="notifications"),
    path("stores/<int:store_id>/notifications/read/", notifications.read_all, name="read-all"),
    path("products/<int:product_id>/", product.product, name="product"),
    path("products/<int:product_id>/chart/", product.product_chart, name="product-chart"),
    path("products/<int:product_id>/edit/", product.edit, name="edit-product"),
    path("products/<int:product_id>/pause/", product.pause, name="pause-product"),
    path("rules/<int:rule_id>/", rules.rule, name="rule"),
    path("rules/<int:rule_id>/edit/", rules.edit, name="edit-rule"),
    path("rules/<int:rule_id>/switch/", rules.switch, name="switch-rule"),
    path("rules/<int:rule_id>/delete/", rules.delete, name="delete-rule"),
    path("replays/<int:replay_id>/", what_if.replay, name="replay"),
    path("rivals/<int:rival_id>/", rivals.change, name="change-rival"),
    path("price-updates/<int:update_id>/", price_updates.price_update, name="price-update"),
    path("price-updates/<int:update_id>/approve/", price_updates.approve_price, name="approve-price"),
    path("price-updates/<int:update_id>/refuse/", price_updates.refuse_price, name="refuse-price"),
    path("price-updates/<int:update_id>/undo/", price_updates.undo_price, name="undo-price"),
    path("notifications/<int:notification_id>/read/", notifications.read, name="read-notification"),
]
