"""Addresses of the sockets."""

from django.urls import path

from stores.consumers import StoreConsumer

websocket_urlpatterns = [
    path("ws/stores/<int:store_id>/", StoreConsumer.as_asgi()),
]
