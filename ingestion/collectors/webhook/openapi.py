"""What the receiver does, as OpenAPI: written from the tables it answers from, so that the two cannot drift apart."""

from __future__ import annotations

from typing import Any

from ingestion.collectors.webhook import signature
from ingestion.collectors.webhook.limits import Limits
from ingestion.collectors.webhook.refusal import RULES

JSON = "application/json"
ERROR = {"$ref": "#/components/schemas/Error"}
MEANINGS = {
    signature.TIMESTAMP: "seconds since 1970 at which the request was signed",
    signature.SHA256: "SHA-256 of the body, in hex",
    signature.FILE_NAME: "name of the file, percent-encoded UTF-8; left out, one is made that fits the contract",
    signature.ROWS: "how many records the body holds; becomes part of the manifest, and landing counts them",
}
EVERYWHERE = {"X-Request-Id": {"description": "names this request in the log", "schema": {"type": "string"}}}
WAITING = {"Retry-After": {"description": "seconds", "schema": {"type": "integer", "minimum": 1}}}
TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}


def describe(limits: Limits, digest: str) -> dict[str, Any]:
    """The document. `digest` is that of the signatures, `sha256` or `sm3`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "citypulse: pushed deliveries",
            "version": "1",
            "description": f"Signatures are HMAC-{digest.upper()} in hex over six lines, joined by line feeds: "
            "timestamp, POST, path, file name as sent, rows as sent, SHA-256 of the body. What is not sent is an "
            f"empty line. A signature is good for {limits.window} seconds before and after its timestamp.",
        },
        "paths": {
            "/v1/feeds/{feed}": {"post": _push(limits)},
            "/healthz": {"get": _page("health", "It is up, and listens", {"$ref": "#/components/schemas/Health"})},
            "/openapi.json": {"get": _page("openapi", "This document", {"type": "object"})},
        },
        "components": {"schemas": _schemas(), "securitySchemes": _security()},
    }


def _push(limits: Limits) -> dict[str, Any]:
    return {
        "operationId": "push",
        "summary": "One delivery into the inbox of a feed",
        "description": "The body is the delivery: the bytes of a file of the feed's contract, at most "
        f"{limits.largest}. For a feed of messages: one JSON object a line. Content-Length must be there.",
        "security": [{"key": [], "signature": []}],
        "parameters": [_path(), *(_header(name) for name in MEANINGS)],
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary", "minLength": 1}}},
        },
        "responses": {
            "200": _taken("This very request had been taken before: the same receipt, and nothing more is done"),
            "202": _taken("It is on disk in the inbox, and will be landed"),
            **_refusals(),
        },
    }


def _path() -> dict[str, Any]:
    schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
    return {"name": "feed", "in": "path", "required": True, "description": "name of the contract", "schema": schema}


def _header(name: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": signature.FORMS[name]}
    is_required = name not in signature.OPTIONAL
    return {"name": name, "in": "header", "required": is_required, "description": MEANINGS[name], "schema": schema}


def _taken(what: str) -> dict[str, Any]:
    content = {JSON: {"schema": {"$ref": "#/components/schemas/Taken"}}}
    return {"description": what, "headers": EVERYWHERE, "content": content}


def _refusals() -> dict[str, Any]:
    """By status, each with the rules that lead to it."""
    found: dict[str, list[str]] = {}
    for name, rule in RULES.items():
        found.setdefault(str(rule.status), []).append(f"`{name}`: {rule.message}")
    return {
        status: {
            "description": " ".join(said),
            "headers": EVERYWHERE | (WAITING if status in ("409", "429", "503", "507") else {}),
            "content": {JSON: {"schema": ERROR}},
        }
        for status, said in sorted(found.items())
    }


def _page(name: str, what: str, schema: dict[str, Any]) -> dict[str, Any]:
    answers = {"200": {"description": what, "headers": EVERYWHERE, "content": {JSON: {"schema": schema}}}}
    return {"operationId": name, "summary": what, "responses": answers}


def _security() -> dict[str, Any]:
    return {
        "key": {"type": "apiKey", "in": "header", "name": signature.KEY, "description": "id of the sender's key"},
        "signature": {"type": "apiKey", "in": "header", "name": signature.SIGNATURE, "description": "see above"},
    }


def _schemas() -> dict[str, Any]:
    sha256 = {"type": "string", "pattern": signature.FORMS[signature.SHA256]}
    taken = {
        "receipt": sha256 | {"description": "SHA-256 of the file in the inbox; its landing has it as batch_id"},
        "feed": TEXT,
        "file": TEXT,
        "bytes": COUNT,
        "rows": {"type": ["integer", "null"], "description": "where the sender counted, or for messages the receiver"},
        "flaws": {"type": "object", "additionalProperties": COUNT, "description": "messages that will be set aside"},
        "repeated": {"type": "boolean"},
        "request_id": TEXT,
    }
    error = {"rule": {"enum": sorted(RULES)}, "message": TEXT, "next_step": TEXT, "request_id": TEXT}
    return {"Taken": _object(taken), "Error": _object(error), "Health": _object({"status": {"const": "ok"}})}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
