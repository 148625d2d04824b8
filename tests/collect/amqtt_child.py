"""amqtt as a process of its own, where no mosquitto is installed or TLS is wanted: `python amqtt_child.py JSON`."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from dataclasses import dataclass
from typing import Any

from amqtt.broker import Broker
from amqtt.plugins.base import BaseAuthPlugin


class Doorkeeper(BaseAuthPlugin):
    """Lets in who knows the password, if there is one; and none as unknown, for whom amqtt keeps no messages."""

    @dataclass
    class Config:
        password: str = ""

    async def authenticate(self, *, session: Any) -> bool:
        session.is_anonymous = False
        return not self.config.password or session.password == self.config.password


async def serve(port: int, password: str = "", **tls: str) -> None:
    logging.basicConfig(level=logging.CRITICAL)
    listener = {"type": "tcp", "bind": f"127.0.0.1:{port}", "max_connections": 50, "ssl": bool(tls), **tls}
    door = {"amqtt_child.Doorkeeper": {"password": password}}
    await Broker({"listeners": {"default": listener}, "plugins": door}).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(**json.loads(sys.argv[1])))
