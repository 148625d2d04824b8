"""One connection to the broker: a session that outlives it, and messages that are acknowledged only when told.

aiomqtt connects, keeps alive and tells of a loss. It neither shows the DUP flag nor leaves the acknowledgement to us;
paho, the library below it, does both by its public interface. `_client` is the one private name used, here alone.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.client import MQTTMessage

from ingestion.collectors.mqtt.message import Arrived
from ingestion.errors import SourceRefused
from ingestion.settings import MqttBroker

KEEPALIVE = 30
TIMEOUT = 15.0
QOS = 1
SERVER_UNAVAILABLE = 136
Receive = Callable[["Connection", Arrived, int], None]


class Connection:
    """A connected client. `number` of a message is what acknowledges it, on this connection and on no other."""

    def __init__(self, client: aiomqtt.Client, receive: Receive) -> None:
        self.client = client
        self.has_session = False
        self._receive = receive
        self._paho = client._client
        self._paho.manual_ack_set(True)
        self._paho.on_message = self._on_message
        self._tell_connected = self._paho.on_connect
        self._paho.on_connect = self._on_connect

    async def lost(self) -> None:
        """Wait until the connection is lost: aiomqtt's own queue stays empty, so its iterator ends only then."""
        with suppress(aiomqtt.MqttError):
            try:
                await anext(self.client.messages)
            except aiomqtt.MqttError as error:
                if isinstance(error.__cause__, Exception) and not _is_of_the_line(error.__cause__):
                    raise error.__cause__ from None  # a fault of ours, raised in a callback
                raise

    def acknowledge(self, numbers: Iterable[int]) -> None:
        """Tell the broker that these messages are ours now. On a lost connection it sends them again instead."""
        for number in numbers:
            self._paho.ack(number, QOS)

    async def subscribe(self, filters: list[str]) -> None:
        """Raises SourceRefused when the broker grants less than QoS 1."""
        granted = await self.client.subscribe([(topic, QOS) for topic in filters])
        if any(_value(code) != QOS for code in granted):
            raise SourceRefused(
                "subscription",
                "The broker does not grant our subscriptions at QoS 1.",
                next_step="let the account read the topics of the contracts (`citypulse trace` shows them).",
            )

    def _on_connect(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        self.has_session = bool(flags.session_present)
        if self._tell_connected:
            self._tell_connected(client, data, flags, reason, properties)  # type: ignore[call-arg]

    def _on_message(self, client: Any, data: Any, message: MQTTMessage) -> None:
        number = message.mid if message.qos else 0  # what was published at QoS 0 has no number
        self._receive(self, Arrived(message.topic, bytes(message.payload), message.retain, message.dup), number)


@asynccontextmanager
async def connected(broker: MqttBroker, tls: ssl.SSLContext | None, receive: Receive) -> AsyncIterator[Connection]:
    """A connection, or MqttError when none is to be had now, or SourceRefused when waiting will not help."""
    client = aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.user or None,
        password=broker.password or None,
        identifier=broker.client_id,
        clean_session=False,
        timeout=TIMEOUT,
        keepalive=KEEPALIVE,
        tls_context=tls,
    )
    connection = Connection(client, receive)
    async with AsyncExitStack() as stack:
        try:
            await client.__aenter__()
        except aiomqtt.MqttError as error:
            raise refusal(error) or error from None
        stack.push_async_callback(_leave, client)
        yield connection


async def _leave(client: aiomqtt.Client) -> None:
    """The session stays at the broker; a connection that breaks while it is closed is closed as well."""
    with suppress(aiomqtt.MqttError):
        await client.__aexit__(None, None, None)


def refusal(error: aiomqtt.MqttError) -> SourceRefused | None:
    """What no patience helps against: wrong credentials, a wrong client id, a certificate that does not hold."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return SourceRefused(
            "tls",
            "The broker's certificate is not signed by the authority in the settings, or not for this host.",
            next_step="set CITYPULSE_MQTT_CA_FILE to its authority, and HOST to the name in the certificate.",
        )
    value = _value(error.rc) if isinstance(error, MqttConnectError) else SERVER_UNAVAILABLE
    if value == SERVER_UNAVAILABLE:
        return None
    return SourceRefused(
        "refused",
        f"The broker refuses the connection (code {value}).",
        next_step="check CITYPULSE_MQTT_USER, _PASSWORD and _CLIENT_ID, and the account at the broker.",
    )


def _value(code: Any) -> int:
    """The number of a reason code; that of a subscription before MQTT 5 is one already."""
    return int(getattr(code, "value", code))


def _is_of_the_line(cause: BaseException) -> bool:
    return isinstance(cause, (aiomqtt.MqttError, OSError, asyncio.TimeoutError))
