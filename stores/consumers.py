"""The live socket of a store: says "look again", never what. The page fetches the truth."""

from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.utils.crypto import constant_time_compare

from stores.models import Store
from users.services import impersonation

FORBIDDEN = 4403


def group_name(store_id: int) -> str:
    """The channel group of one store."""
    return f"store.{store_id}.live"


class StoreConsumer(AsyncJsonWebsocketConsumer):
    """
    `/ws/stores/<id>/`. Frames: `{"type": "prices", "product_ids": […]}`, `{"type": "notifications"}` and
    `{"type": "uploads", "upload_id": …}`.

    Read-only. The person's membership is asked at connect and again at each event, so that who left a store hears
    nothing more of it.
    """

    async def connect(self) -> None:
        self.store_id = int(self.scope["url_route"]["kwargs"]["store_id"])
        if not await self._may_listen():
            await self.close(FORBIDDEN)
            return
        await self.channel_layer.group_add(group_name(self.store_id), self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(group_name(self.store_id), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **_: Any) -> None:
        """Whoever talks into a read-only socket is not our page."""
        await self.close(FORBIDDEN)

    async def prices_moved(self, event: dict[str, Any]) -> None:
        await self._tell({"type": "prices", "product_ids": event["product_ids"]})

    async def notifications_arrived(self, event: dict[str, Any]) -> None:
        await self._tell({"type": "notifications"})

    async def uploads_moved(self, event: dict[str, Any]) -> None:
        await self._tell({"type": "uploads", "upload_id": event["upload_id"]})

    async def _tell(self, frame: dict[str, Any]) -> None:
        if await self._may_listen():
            await self.send_json(frame)
        else:
            await self.close(FORBIDDEN)

    @database_sync_to_async
    def _may_listen(self) -> bool:
        """Asked of the rows, not of what was true at connect: logout, a new password and blocking end it."""
        session = SessionStore(self.scope["session"].session_key)
        user = get_user_model().objects.filter(pk=session.get(SESSION_KEY, 0), is_active=True).first()
        if user is None or not constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
            return False
        if impersonation.NAMED_AT in session:
            user = impersonation.find(session, user)
        return user is not None and Store.objects.for_user(user).filter(pk=self.store_id).exists()
