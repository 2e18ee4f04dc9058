from django.contrib.auth.views import LogoutView
from django.urls import path

from cabinet.views import price_updates, product, products, store_prices

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
    path("products/<int:product_id>/", product.product, name="product"),
    path("products/<int:product_id>/edit/", product.edit, name="edit-product"),
    path("products/<int:product_id>/pause/", product.pause, name="pause-product"),
    path("price-updates/<int:update_id>/", price_updates.price_update, name="price-update"),
    path("price-updates/<int:update_id>/approve/", price_updates.approve_price, name="approve-price"),
    path("price-updates/<int:update_id>/refuse/", price_updates.refuse_price, name="refuse-price"),
    path("price-updates/<int:update_id>/undo/", price_updates.undo_price, name="undo-price"),
    path("notifications/<int:notification_id>/read/", store_prices.read_notification, name="read-notification"),
]
