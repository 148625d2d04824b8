"""Airflow's SimpleAuthManager keeps passwords in a plain file and lets anyone guess on: it may serve loopback alone.

Light on purpose: every Airflow process loads it, through `citypulse/airflow_policy.py`.
"""

from __future__ import annotations

import ipaddress
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

SIMPLE = "SimpleAuthManager"
COMMANDS = ("api-server", "standalone")
APPLICATION = ("airflow.api_fastapi", "airflow/api_fastapi")  # how uvicorn, gunicorn and fastapi name it
NEXT_STEP = "start it with `--host 127.0.0.1`, or set up accounts: docs/deploy-one-server.md, Accounts."
NEXT_STEP_ZH = "用 `--host 127.0.0.1` 启动，或先配置正式账号：docs/deploy-one-server.zh-CN.md“账号”一节。"


class Objection(NamedTuple):
    """Why a server must not start, in both languages."""

    reason: str
    reason_zh: str

    def text(self) -> str:
        """What to tell who started it."""
        return (
            f"citypulse: this Airflow must not start. {self.reason}\nNext step: {NEXT_STEP}\n"
            f"citypulse：拒绝启动此 Airflow。{self.reason_zh}\n下一步：{NEXT_STEP_ZH}"
        )


def serves(argv: Sequence[str]) -> bool:
    """Whether this command line starts Airflow's web server, by Airflow's own command or another launcher."""
    if {"-h", "--help"} & set(argv):
        return False
    return _is_airflow_command(argv) or any(name in argument for argument in argv[1:] for name in APPLICATION)


def objection(argv: Sequence[str], *, auth_manager: str, host: str, base_url: str) -> Objection | None:
    """Why this server must not start; None where it may.

    `argv` is the whole command line; `auth_manager`, `host` and `base_url` are what Airflow's configuration says.
    """
    if auth_manager.rpartition(".")[2] != SIMPLE:
        return None
    if not _is_airflow_command(argv):
        return Objection(
            f"It uses {SIMPLE}, and only its launcher knows where it listens: use `airflow api-server`.",
            f"它使用 {SIMPLE}，而监听地址只有启动程序知道：请改用 `airflow api-server`。",
        )
    asked, has_proxy = _asked(argv[2:])
    address = host if asked is None else asked
    if not is_loopback(address):
        return Objection(
            f"It uses {SIMPLE} and would listen on `{address}`, which is not a loopback address.",
            f"它使用 {SIMPLE}，并将监听 `{address}`，不是本机回环地址。",
        )
    public = urlsplit(base_url).hostname
    if has_proxy or (public is not None and not is_loopback(public)):
        return Objection(
            f"It uses {SIMPLE}, and `--proxy-headers` or `[api] base_url` says that a proxy would publish it.",
            f"它使用 {SIMPLE}，而 `--proxy-headers` 或 `[api] base_url` 表明它将由代理对外发布。",
        )
    return None


def is_loopback(host: str) -> bool:
    """127.0.0.0/8, ::1 or the name localhost; any other name may resolve to anything, and nothing means everything."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_airflow_command(argv: Sequence[str]) -> bool:
    return len(argv) > 1 and argv[1] in COMMANDS


def _asked(options: Sequence[str]) -> tuple[str | None, bool]:
    """Host and proxy headers as Airflow's own parser reads them: abbreviated, joined (`-DH::`), the last one wins."""
    parser = ArgumentParser(prog="airflow api-server", add_help=False)
    parser.add_argument("-H", "--host")
    parser.add_argument("--proxy-headers", action="store_true")
    parser.add_argument("-D", "--daemon", action="store_true")
    parser.add_argument("-d", "--dev", action="store_true")
    found, _ = parser.parse_known_args(options)
    return found.host, found.proxy_headers
