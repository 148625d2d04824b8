"""The broker of this installation: taken from the settings, and checked before anything is sent there."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import re
import socket
import ssl
from dataclasses import replace

from ingestion.errors import ContractError
from ingestion.settings import MqttBroker, Settings, mqtt_broker

log = logging.getLogger(__name__)
CLIENT_ID = r"[\w.:-]{1,64}"


def known_broker(settings: Settings) -> MqttBroker:
    """Raises ContractError naming the variable that is missing or wrong, never its value."""
    broker = mqtt_broker()
    if not re.fullmatch(r"[\w.:-]+", broker.host):
        raise _wrong(
            "HOST", "is not set to a host name or an address", "set it to where the broker is, without mqtt://"
        )
    if not 0 < broker.port < 65536:
        raise _wrong("PORT", "is no port", "leave it out for 1883, or 8883 with TLS")
    if broker.client_id and not re.fullmatch(CLIENT_ID, broker.client_id):
        raise _wrong("CLIENT_ID", "is not made of letters, digits and ._:-", "choose a short name, unlike any other's")
    if bool(broker.certificate) and not broker.key:
        raise _wrong("KEY_FILE", "is not set although there is a client certificate", "name the file of its key")
    if broker.password and not broker.tls and not is_loopback(broker.host):
        log.warning(
            'broker=plain note="password travels unencrypted" set="CITYPULSE_MQTT_CA_FILE or CITYPULSE_MQTT_TLS"'
        )
    return broker if broker.client_id else replace(broker, client_id=_own_name(settings))


def tls_context(broker: MqttBroker) -> ssl.SSLContext | None:
    """What TLS needs, or None for a plain connection. Raises ContractError when a file is not what it should be."""
    if not broker.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=broker.ca_file or None)
        if broker.certificate:
            context.load_cert_chain(broker.certificate, broker.key, password=lambda: b"")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise _wrong(
            "CA_FILE, CERT_FILE or KEY_FILE",
            f"cannot be used ({type(error).__name__})",
            "check that they are PEM files which this account may read; the key has no passphrase",
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _own_name(settings: Settings) -> str:
    """A name that this home always has and no other: under it the broker keeps the session."""
    return "citypulse-" + hashlib.sha256(f"{socket.gethostname()}:{settings.home}".encode()).hexdigest()[:12]


def is_loopback(host: str) -> bool:
    """Whether what goes there, or listens there, stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wrong(part: str, what: str, step: str) -> ContractError:
    return ContractError(f"CITYPULSE_MQTT_{part} {what}.", next_step=f"{step}.")
