"""The live socket of a store: says "look again", never what. The page fetches the truth."""

from typing import Any

from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.utils.crypto import constant_time_compare

from stores.models import Store
from stores.models.roles import Action
from stores.services import access
from users.services import impersonation

FORBIDDEN = 4403
# Whoever may see one of these has something to hear.
LISTENERS = frozenset({Action.SEE_PRICES, Action.SEE_ORDERS})


def group_name(store_id: int) -> str:
    """The channel group of one store."""
    return f"store.{store_id}.live"


class StoreConsumer(AsyncJsonWebsocketConsumer):
    """
    `/ws/stores/<id>/`. Frames: `{"type": "prices", "product_ids": […]}`, `{"type": "uploads", "upload_id": …}`,
    `{"type": "orders"}` and `{"type": "notifications"}`.

    Read-only. What the person may see is asked at connect and again at each event, so that who left a store hears
    nothing more of it, and a packer nothing of its prices.
    """

    async def connect(self) -> None:
        self.store_id = int(self.scope["url_route"]["kwargs"]["store_id"])
        if not await self._may() & LISTENERS:
            await self.close(FORBIDDEN)
            return
        await self.channel_layer.group_add(group_name(self.store_id), self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(group_name(self.store_id), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **_: Any) -> None:
        """Whoever talks into a read-only socket is not our page."""
        await self._dismiss()

    async def prices_moved(self, event: dict[str, Any]) -> None:
        await self._tell({"type": "prices", "product_ids": event["product_ids"]}, Action.SEE_PRICES)

    async def uploads_moved(self, event: dict[str, Any]) -> None:
        await self._tell({"type": "uploads", "upload_id": event["upload_id"]}, Action.SEE_PRICES)

    async def orders_moved(self, event: dict[str, Any]) -> None:
        await self._tell({"type": "orders"}, Action.SEE_ORDERS)

    async def notifications_arrived(self, event: dict[str, Any]) -> None:
        await self._tell({"type": "notifications"}, *LISTENERS)

    async def _tell(self, frame: dict[str, Any], *to: Action) -> None:
        """Tell who may do one of these; who may not listen at all any more is closed."""
        may = await self._may()
        if not may & LISTENERS:
            await self._dismiss()
        if may & set(to):
            await self.send_json(frame)

    async def _dismiss(self) -> None:
        """Close for good: an event that came in the meantime must not close a closed socket."""
        await self.close(FORBIDDEN)
        await self.disconnect(FORBIDDEN)
        raise StopConsumer

    @database_sync_to_async
    def _may(self) -> frozenset[str]:
        """Asked of the rows, not of what was true at connect: logout, a new password and blocking end it."""
        session = SessionStore(self.scope["session"].session_key)
        user = get_user_model().objects.filter(pk=session.get(SESSION_KEY, 0), is_active=True).first()
        if user is None or not constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
            return frozenset()
        if impersonation.NAMED_AT in session:
            user = impersonation.find(session, user)
        store = Store.everything.filter(pk=self.store_id).first()
        return frozenset() if user is None or store is None else access.allowed(user, store)
