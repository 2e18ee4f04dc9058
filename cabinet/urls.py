from django.contrib.auth.views import LogoutView
from django.urls import path

from cabinet import views

app_name = "cabinet"

urlpatterns = [
    path("", views.products, name="products"),
    path("login/", views.SignInView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("stores/<int:store_id>/", views.store_products, name="store-products"),
    path("stores/<int:store_id>/moved/", views.moved_products, name="moved-products"),
    path("price-updates/<int:update_id>/approve/", views.approve_price, name="approve-price"),
    path("price-updates/<int:update_id>/refuse/", views.refuse_price, name="refuse-price"),
    path("price-updates/<int:update_id>/undo/", views.undo_price, name="undo-price"),
]
