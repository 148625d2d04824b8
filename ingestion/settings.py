"""Where things are and how this installation is set: the one door to the environment.

| variable | meaning | default |
|---|---|---|
| CITYPULSE_HOME | folder that holds inbox, landing, warehouse, releases, briefs | ./data |
| CITYPULSE_CITY | a city's `feeds/*.yml` and `seeds/*.csv`; they replace the built-in ones of the same name | none |
| CITYPULSE_KEY_FILE | key of the personal-data tokens; in production, outside the home | <home>/../.citypulse.key |
| CITYPULSE_TOKEN_DIGEST | digest of the next key version (`citypulse keys rotate`), `sha256` or `sm3` | sha256 |
| CITYPULSE_MEMORY | memory limit of DuckDB | 4GB |
| CITYPULSE_THREADS | threads of DuckDB | all cores |
| CITYPULSE_KEEP_RELEASES | newest releases that house-keeping leaves; also each month's last, for a year | 7 |
| CITYPULSE_BACKUP | folder, on another disk, into which house-keeping copies what cannot be rebuilt | none |
| CITYPULSE_HTTP_<SOURCE_SYSTEM>_URL | base address of a source system's API, such as that of CITY_12345 | none |
| CITYPULSE_HTTP_<SOURCE_SYSTEM>_TOKEN | bearer token for it; stays in the environment | none |
| CITYPULSE_MQTT_HOST, _PORT | the broker of the MQTT collector | none; 1883, with TLS 8883 |
| CITYPULSE_MQTT_USER, _PASSWORD | its account there; the password stays in the environment | none |
| CITYPULSE_MQTT_TLS, _CA_FILE | `1`: TLS with the machine's authorities; or the file of the broker's authority | none |
| CITYPULSE_MQTT_CERT_FILE, _KEY_FILE | client certificate and its key, where the broker wants one | none |
| CITYPULSE_MQTT_CLIENT_ID | name of the session at the broker; no two collectors may share it | of host and home |
| CITYPULSE_PUSH_KEYS | file of the keys under which senders push deliveries, 0600 | <home>/../.citypulse-push.json |
| CITYPULSE_PUSH_HOST, _PORT | where `collect webhook` listens; elsewhere with TLS or a proxy only | 127.0.0.1, 8090 |
| CITYPULSE_PUSH_CERT_FILE, _KEY_FILE | certificate of the receiver and its key, PEM without a passphrase | none |
| CITYPULSE_PUSH_BEHIND_PROXY | `1`: a proxy before it ends TLS, so it may listen beyond loopback without | none |
| CITYPULSE_PUSH_LARGEST | bytes of one pushed delivery | 67108864 |
| CITYPULSE_PUSH_RATE | deliveries a minute under one key | 60 |
| CITYPULSE_LOG | `json`: log lines on standard error are JSON objects, one a line | plain text |
| CITYPULSE_OPENLINEAGE_FILE | runs tell their lineage as OpenLineage events, appended to this file | none |
| CITYPULSE_SIGN_OFF | `1`: a calendar brief is a draft until someone approves it | none |
| CITYPULSE_BRIEF_DEADLINE_MINUTES | minutes after 08:00 at which a daily brief that is not out counts as late | 30 |
| CITYPULSE_WEBHOOK_URL | where notices go; who knows a robot's address can post there, so it is never shown | none |
| CITYPULSE_WEBHOOK_KIND | `generic` (JSON), `wecom` (企业微信) or `dingtalk` (钉钉) | generic |
| CITYPULSE_WEBHOOK_SECRET | signing secret of a 钉钉 robot; stays in the environment | none |
| CITYPULSE_POSTGRES_URL | what `push postgres` fills, `postgresql://user@host/database`; never shown | none |
| CITYPULSE_POSTGRES_READER | the role there that may read what was pushed, and nothing else | citypulse_reader |
| CITYPULSE_WAREHOUSE_QUEUE | queue of what writes the warehouse, where Celery runs the tasks | the executor's own |
"""

from __future__ import annotations

import os
import pwd
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

LOCAL_TIME = ZoneInfo("Asia/Shanghai")  # of every moment that stands without a zone
PACKAGE_ROOT = Path(__file__).resolve().parent
PROJECT_ROOT = PACKAGE_ROOT.parent

TELEMETRY_OFF = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "false",
    "SCARF_ANALYTICS": "false",
}


def local_now() -> datetime:
    """The present in the warehouse's own terms: naive, Asia/Shanghai, whole seconds."""
    return datetime.now(LOCAL_TIME).replace(tzinfo=None, microsecond=0)


@dataclass(frozen=True)
class Settings:
    """The places of one installation. All paths are absolute; nothing is created by reading them."""

    home: Path
    key_file: Path
    city: Path | None = None
    token_digest: str = "sha256"
    memory: str = "4GB"
    threads: int = 2
    lineage_file: Path | None = None
    keep_releases: int = 7
    backup: Path | None = None
    sign_off: bool = False
    brief_deadline_minutes: int = 30

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def collect(self) -> Path:
        """Up to where each feed has been pulled."""
        return self.home / "collect"

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def receipts(self) -> Path:
        return self.home / "receipts"

    @property
    def recompute(self) -> Path:
        """Which days somebody asked to have computed anew: numbered like receipts, and never removed."""
        return self.home / "recompute"

    @property
    def certificates(self) -> Path:
        """What was deleted by retention or on request, and why; never removed."""
        return self.home / "certificates"

    @property
    def restored(self) -> Path:
        """From which backup this home was restored, or is being, and by which marks its token key is known."""
        return self.home / "restored.json"

    @property
    def quarantine(self) -> Path:
        return self.home / "quarantine"

    @property
    def vault(self) -> Path:
        return self.home / "vault"

    @property
    def locks(self) -> Path:
        return self.home / "locks"

    @property
    def work(self) -> Path:
        """Scratch space on the same file system; may be emptied whenever nothing runs."""
        return self.home / "work"

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse"

    @property
    def warehouse_db(self) -> Path:
        return self.warehouse / "governance.duckdb"

    @property
    def releases(self) -> Path:
        return self.home / "releases"

    @property
    def serving(self) -> Path:
        return self.home / "serving"

    @property
    def briefs(self) -> Path:
        return self.home / "briefs"

    @property
    def site(self) -> Path:
        return self.home / "site"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def audit(self) -> Path:
        """Who read or exported rows of single cases: apart from the logs, which go by age."""
        return self.home / "audit"

    @cached_property
    def contract_dirs(self) -> list[Path]:
        """Folders searched for contracts; an earlier folder wins for a feed of the same name."""
        city = [self.city / "feeds"] if self.city else []
        return [*city, PACKAGE_ROOT / "feeds"]

    @cached_property
    def seed_dirs(self) -> list[Path]:
        """Folders searched for dbt seeds; an earlier folder wins for a file of the same name."""
        city = [self.city / "seeds"] if self.city else []
        return [*city, PROJECT_ROOT / "dbt_project" / "seeds"]


def load_settings(home: Path | None = None) -> Settings:
    """Settings of this process from the environment; `home` overrides CITYPULSE_HOME."""
    env = os.environ
    base = (home or Path(env.get("CITYPULSE_HOME", "data"))).expanduser().resolve()
    city = env.get("CITYPULSE_CITY")
    key_file = env.get("CITYPULSE_KEY_FILE")
    lineage = env.get("CITYPULSE_OPENLINEAGE_FILE")
    backup = env.get("CITYPULSE_BACKUP")
    return Settings(
        home=base,
        city=Path(city).expanduser().resolve() if city else None,
        key_file=Path(key_file).expanduser().resolve() if key_file else base.parent / ".citypulse.key",
        token_digest=env.get("CITYPULSE_TOKEN_DIGEST", "sha256"),
        memory=env.get("CITYPULSE_MEMORY", "4GB"),
        threads=int(env.get("CITYPULSE_THREADS", str(os.cpu_count() or 2))),
        lineage_file=Path(lineage).expanduser().resolve() if lineage else None,
        keep_releases=_positive(env.get("CITYPULSE_KEEP_RELEASES", ""), otherwise=7),
        backup=Path(backup).expanduser().resolve() if backup else None,
        sign_off=_is_on(env.get("CITYPULSE_SIGN_OFF", "")),
        brief_deadline_minutes=_positive(env.get("CITYPULSE_BRIEF_DEADLINE_MINUTES", ""), otherwise=30),
    )


def started_by() -> str:
    """Who started this process: `cli`, or `airflow` with the ids of DAG and DAG run, blanks and the like left out."""
    names = ("AIRFLOW_CTX_DAG_ID", "AIRFLOW_CTX_DAG_RUN_ID")
    if not os.environ.get(names[0]):
        return "cli"
    dag, run = (re.sub(r"[^\w.~:+-]", "_", os.environ.get(name, ""))[:250] for name in names)
    return f"airflow {dag} {run}"


def acting_user() -> str:
    """The account at work as the system knows it; under sudo, whoever called it."""
    name = _account(os.getuid())
    caller = os.environ.get("SUDO_UID", "")
    return f"{_account(int(caller))} as {name}" if caller.isascii() and caller.isdigit() else name


def _account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # a container may run under a number alone
        return f"uid {uid}"


def logs_as_json() -> bool:
    return os.environ.get("CITYPULSE_LOG", "").strip().lower() == "json"


def _is_on(said: str) -> bool:
    return said.strip().lower() in ("1", "true", "yes")


def _positive(said: str, *, otherwise: int) -> int:
    """A whole number above zero, or what holds without one: a slip here must not keep a brief from going out."""
    text = said.strip()
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else otherwise


@dataclass(frozen=True)
class HttpSource:
    """Where the API of a source system is; the token never shows in a repr, and so in no traceback."""

    url: str
    token: str = field(default="", repr=False)


def http_variable(source_system: str, part: str) -> str:
    """Name of the variable that holds the URL or the TOKEN of a source system."""
    return f"CITYPULSE_HTTP_{source_system}_{part}"


def http_source(source_system: str) -> HttpSource:
    """The API of a source system; its address is empty when this installation does not know it."""
    url, token = (os.environ.get(http_variable(source_system, part), "").strip() for part in ("URL", "TOKEN"))
    return HttpSource(url.rstrip("/"), token)


@dataclass(frozen=True)
class MqttBroker:
    """Where the broker is and how to be let in; the password never shows in a repr."""

    host: str
    port: int = 1883
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    ca_file: str = ""
    certificate: str = ""
    key: str = ""
    client_id: str = ""


def mqtt_broker() -> MqttBroker:
    """The broker of this installation; its host is empty where none is set, its port 0 where it is no number."""

    def said(part: str) -> str:
        return os.environ.get(f"CITYPULSE_MQTT_{part}", "").strip()

    tls = _is_on(said("TLS")) or bool(said("CA_FILE"))
    port = said("PORT") or ("8883" if tls else "1883")
    return MqttBroker(
        host=said("HOST"),
        port=int(port) if port.isascii() and port.isdigit() else 0,
        user=said("USER"),
        password=os.environ.get("CITYPULSE_MQTT_PASSWORD", "").rstrip("\r\n"),
        tls=tls,
        ca_file=said("CA_FILE"),
        certificate=said("CERT_FILE"),
        key=said("KEY_FILE"),
        client_id=said("CLIENT_ID"),
    )


@dataclass(frozen=True)
class PushReceiver:
    """Where pushed deliveries are received, under which keys, and how much of them."""

    keys_file: Path
    host: str = "127.0.0.1"
    port: int = 8090
    certificate: str = ""
    key: str = ""
    behind_proxy: bool = False
    largest: int = 64 << 20
    per_minute: int = 60

    @property
    def tls(self) -> bool:
        return bool(self.certificate)


def push_receiver(settings: Settings) -> PushReceiver:
    """The receiver of this installation; its port is -1 where what is set is no number."""

    def said(part: str) -> str:
        return os.environ.get(f"CITYPULSE_PUSH_{part}", "").strip()

    keys, port = said("KEYS"), said("PORT") or "8090"
    return PushReceiver(
        keys_file=Path(keys).expanduser().resolve() if keys else settings.home.parent / ".citypulse-push.json",
        host=said("HOST") or "127.0.0.1",
        port=int(port) if port.isascii() and port.isdigit() else -1,
        certificate=said("CERT_FILE"),
        key=said("KEY_FILE"),
        behind_proxy=_is_on(said("BEHIND_PROXY")),
        largest=_positive(said("LARGEST"), otherwise=64 << 20),
        per_minute=_positive(said("RATE"), otherwise=60),
    )


@dataclass(frozen=True)
class Webhook:
    """Where notices go, if anywhere; neither the address, which is a key of its own, nor the secret show in a repr."""

    url: str = field(default="", repr=False)
    kind: str = "generic"
    secret: str = field(default="", repr=False)


def webhook() -> Webhook:
    """The webhook of this installation; its address is empty where none is set."""
    url, kind, secret = (os.environ.get(f"CITYPULSE_WEBHOOK_{part}", "").strip() for part in ("URL", "KIND", "SECRET"))
    return Webhook(url, kind.lower() or "generic", secret)


@dataclass(frozen=True)
class PostgresTarget:
    """The PostgreSQL that releases are pushed into, if any; its address may hold a password, so no repr shows it."""

    url: str = field(default="", repr=False)
    reader: str = "citypulse_reader"


def postgres_target() -> PostgresTarget:
    """The target of this installation; its address is empty where none is set."""
    url, reader = (os.environ.get(f"CITYPULSE_POSTGRES_{part}", "").strip() for part in ("URL", "READER"))
    return PostgresTarget(url, reader or "citypulse_reader")


def silence_telemetry() -> None:
    """Switch off the telemetry of every tool we start; call before importing dbt, Great Expectations or Airflow."""
    os.environ.update(TELEMETRY_OFF)


def warehouse_queue() -> str:
    """The queue of all that writes the warehouse; empty where the executor's default one will do."""
    return os.environ.get("CITYPULSE_WAREHOUSE_QUEUE", "").strip()


def is_airflow_set() -> bool:
    """Whether this shell or service carries the settings of an Airflow."""
    return any(name.startswith("AIRFLOW") for name in os.environ.keys() - TELEMETRY_OFF.keys())


def child_environment(settings: Settings, extra: Mapping[str, str]) -> dict[str, str]:
    """Environment of a process we start: these settings, our interpreter, telemetry off, nothing of another Airflow."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    ours = {
        "CITYPULSE_HOME": str(settings.home),
        "CITYPULSE_CITY": str(settings.city) if settings.city else "",
        "CITYPULSE_KEY_FILE": str(settings.key_file),
        "CITYPULSE_TOKEN_DIGEST": settings.token_digest,
        "CITYPULSE_MEMORY": settings.memory,
        "CITYPULSE_THREADS": str(settings.threads),
        "CITYPULSE_OPENLINEAGE_FILE": str(settings.lineage_file or ""),
        "CITYPULSE_KEEP_RELEASES": str(settings.keep_releases),
        "CITYPULSE_BACKUP": str(settings.backup) if settings.backup else "",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT_ROOT), os.environ.get("PYTHONPATH")])),
    }
    return {**kept, **TELEMETRY_OFF, **ours, **extra}


def expose(**values: str) -> None:
    """Hand values to tools that read them only from the environment (dbt's profile)."""
    os.environ.update(values)
