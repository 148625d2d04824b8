"""Airflow's SimpleAuthManager keeps its passwords in a plain file and locks nobody out: it may listen on loopback alone.

Light on purpose: every Airflow process loads it, through `citypulse/airflow_policy.py`.
"""

from __future__ import annotations

import ipaddress
from argparse import ArgumentParser
from collections.abc import Sequence
from urllib.parse import urlsplit

SIMPLE = "SimpleAuthManager"
COMMANDS = ("api-server", "standalone")
APPLICATION = ("airflow.api_fastapi", "airflow/api_fastapi")  # how uvicorn, gunicorn and fastapi name it
NEXT_STEP = """\
Next step: start it with `--host 127.0.0.1` (or AIRFLOW__API__HOST=127.0.0.1) and reach it through ssh;
for more than one machine set up real accounts: docs/deploy-one-server.md, "Accounts".
下一步：用 `--host 127.0.0.1`（或 AIRFLOW__API__HOST=127.0.0.1）启动，并经 ssh 访问；
要供其他机器访问，请先配置正式账号：docs/deploy-one-server.zh-CN.md“账号”一节。"""


def serves(argv: Sequence[str]) -> bool:
    """Whether this command line starts Airflow's web server, by Airflow's own command or another launcher."""
    if {"-h", "--help"} & set(argv):
        return False
    return _is_airflow_command(argv) or any(name in argument for argument in argv[1:] for name in APPLICATION)


def objection(argv: Sequence[str], *, auth_manager: str, host: str, base_url: str) -> str:
    """Why this server must not start, in both languages with the next step; empty where it may.

    `argv` is the whole command line; `auth_manager`, `host` and `base_url` are what Airflow's configuration says.
    """
    if auth_manager.rpartition(".")[2] != SIMPLE:
        return ""
    if not _is_airflow_command(argv):
        return _text(
            "its address is only known to the launcher: use `airflow api-server`",
            "监听地址只有启动程序知道：请改用 `airflow api-server`",
        )
    asked, has_proxy = _asked(argv[2:])
    address = host if asked is None else asked
    if not is_loopback(address):
        return _text(
            f"it would listen on `{address}`, which is not a loopback address",
            f"它将监听 `{address}`，不是本机回环地址",
        )
    public = urlsplit(base_url).hostname
    if has_proxy or (public is not None and not is_loopback(public)):
        return _text(
            "`--proxy-headers` or `[api] base_url` says that a proxy would publish it",
            "`--proxy-headers` 或 `[api] base_url` 表明它将由代理对外发布",
        )
    return ""


def is_loopback(host: str) -> bool:
    """127.0.0.0/8, ::1 or the name localhost; any other name may resolve to anything, and nothing means everything."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_airflow_command(argv: Sequence[str]) -> bool:
    return len(argv) > 1 and argv[1] in COMMANDS


def _asked(options: Sequence[str]) -> tuple[str | None, bool]:
    """Host and proxy headers as Airflow's own parser reads them: abbreviated, joined (`-DH0.0.0.0`), the last one wins."""
    parser = ArgumentParser(prog="airflow api-server", add_help=False)
    parser.add_argument("-H", "--host")
    parser.add_argument("--proxy-headers", action="store_true")
    parser.add_argument("-D", "--daemon", action="store_true")
    parser.add_argument("-d", "--dev", action="store_true")
    found, _ = parser.parse_known_args(options)
    return found.host, found.proxy_headers


def _text(reason: str, reason_zh: str) -> str:
    return (
        f"citypulse: this Airflow must not start. It uses {SIMPLE}, and {reason}.\n"
        f"citypulse：拒绝启动。此 Airflow 使用 {SIMPLE}，且{reason_zh}。\n{NEXT_STEP}"
    )
