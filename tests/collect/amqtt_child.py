"""amqtt as a process of its own, where no mosquitto is installed: `python amqtt_child.py PORT`."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

from amqtt.broker import Broker
from amqtt.plugins.base import BaseAuthPlugin


class Everyone(BaseAuthPlugin):
    """Lets all in, and not as the unknown ones, for whom amqtt keeps no messages."""

    async def authenticate(self, *, session: Any) -> bool:
        session.is_anonymous = False
        return True


async def serve(port: int) -> None:
    logging.basicConfig(level=logging.CRITICAL)
    listener = {"type": "tcp", "bind": f"127.0.0.1:{port}", "max_connections": 50}
    await Broker({"listeners": {"default": listener}, "plugins": {"amqtt_child.Everyone": {}}}).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
