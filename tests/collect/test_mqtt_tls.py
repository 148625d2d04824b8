"""The collector at a broker that speaks TLS and wants a password: let in, or told why not, and nothing of it shown."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ingestion.errors import SourceRefused
from tests.collect.mqtt_broker import Broker, Gateway
from tests.collect.mqtt_home import Home, reading

PASSWORD = "secret-of-the-broker"


def certificate(folder: Path, name: str, address: str = "127.0.0.1") -> tuple[Path, Path]:
    """A certificate that signs itself, and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    return paths


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    signed, key = certificate(tmp_path, "broker")
    secured = {
        "certfile": str(signed),
        "keyfile": str(key),
        "password": PASSWORD,
        "cafile": str(certificate(tmp_path, "collector")[0]),
    }
    started = Broker(tmp_path / "broker", secured=secured).start()
    yield started
    started.kill()


def set_up(monkeypatch: pytest.MonkeyPatch, authority: Path, password: str = PASSWORD) -> None:
    for name, value in {"CA_FILE": str(authority), "USER": "collector", "PASSWORD": password}.items():
        monkeypatch.setenv(f"CITYPULSE_MQTT_{name}", value)


def test_with_authority_and_password_it_is_let_in(
    home: Home, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = tmp_path / "broker.pem"
    set_up(monkeypatch, authority)
    monkeypatch.setenv("CITYPULSE_MQTT_CERT_FILE", str(tmp_path / "collector.pem"))
    monkeypatch.setenv("CITYPULSE_MQTT_KEY_FILE", str(tmp_path / "collector.key"))
    home.subscribe()
    gateway = Gateway(broker.port, authority, PASSWORD)
    gateway.send_all([reading(1), reading(2)])
    gateway.close()
    assert home.collect(messages=2).messages.total() == 2


@pytest.mark.parametrize(
    ("authority", "password", "rule"), [("other", PASSWORD, "tls"), ("broker", "wrong", "refused")]
)
def test_a_refusal_ends_it_at_once_and_says_which(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, authority: str, password: str, rule: str
) -> None:
    certificate(tmp_path, "other")
    set_up(monkeypatch, tmp_path / f"{authority}.pem", password)
    with pytest.raises(SourceRefused) as raised:
        home.collect(seconds=10)
    assert raised.value.rule == rule
    assert "Next step" in str(raised.value)
    assert password not in str(raised.value)


def test_a_plain_connection_to_a_tls_port_waits_and_tells(home: Home) -> None:
    with pytest.raises(SourceRefused, match="could not be reached"):
        home.collect(seconds=1)
