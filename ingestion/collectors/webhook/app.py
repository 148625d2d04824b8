"""The receiver as an ASGI application: three addresses, and one form for every answer."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ingestion.collectors.webhook.intake import Intake
from ingestion.collectors.webhook.openapi import describe
from ingestion.collectors.webhook.refusal import Refusal
from ingestion.collectors.webhook.tally import Tally
from ingestion.errors import ContractError

log = logging.getLogger(__name__)
UNKNOWN = "unknown"


def make_app(intake: Intake, tally: Tally) -> Starlette:
    """The application over one intake; it counts into `tally`."""
    return Application(intake, tally).asgi()


class Application:
    """Answers requests. What a request is refused for is logged by rule, what it holds never."""

    def __init__(self, intake: Intake, tally: Tally) -> None:
        self.intake = intake
        self.tally = tally
        self.description = describe(intake.limits, intake.settings.token_digest)

    def asgi(self) -> Starlette:
        routes = [
            Route("/v1/feeds/{feed}", self.push, methods=["POST"]),
            Route("/healthz", self.health, methods=["GET"]),
            Route("/openapi.json", self.openapi, methods=["GET"]),
        ]
        app = Starlette(routes=routes, exception_handlers={404: self.lost, 405: self.lost})
        app.router.redirect_slashes = False
        return app

    async def push(self, request: Request) -> JSONResponse:
        """POST /v1/feeds/{feed}: one delivery."""
        request.state.key_id = UNKNOWN
        try:
            key, taken, is_repeated = await self.intake.take(request, request.path_params["feed"])
        except Refusal as refused:
            return self._refuse(request, refused)
        except ContractError as error:
            log.error("settings=unreadable kind=%s", type(error).__name__)
            return self._refuse(request, Refusal("settings", wait=60))
        except ClientDisconnect:
            return self._refuse(request, Refusal("length", "The sender hung up before the body was whole."))
        except Exception as error:  # noqa: BLE001 - the edge: a traceback would quote what a sender wrote
            log.error("push=failed kind=%s", type(error).__name__)
            return self._refuse(request, Refusal("fault"))
        if is_repeated:
            self.tally.repeated += 1
        else:
            self.tally.files[taken.feed] += 1
            self.tally.bytes += taken.bytes
            self.tally.flaws.update(taken.flaws)
        number, status = _number(), 200 if is_repeated else 202
        log.info("request=%s key=%s feed=%s bytes=%d status=%d", number, key.key_id, taken.feed, taken.bytes, status)
        said = {**vars(taken), "repeated": is_repeated, "request_id": number}
        return _answer(status, number, said)

    async def health(self, request: Request) -> JSONResponse:
        """GET /healthz: it is up, and listens."""
        return _answer(200, _number(), {"status": "ok"})

    async def openapi(self, request: Request) -> JSONResponse:
        """GET /openapi.json: what all this is."""
        return _answer(200, _number(), self.description)

    async def lost(self, request: Request, error: Exception) -> JSONResponse:
        """No such address, or not this way."""
        assert isinstance(error, HTTPException)
        request.state.key_id = UNKNOWN
        allow = (error.headers or {}).get("Allow", "")
        return self._refuse(request, Refusal("method" if error.status_code == 405 else "path", allow=allow))

    def _refuse(self, request: Request, refusal: Refusal) -> JSONResponse:
        number, rule = _number(), refusal.rule
        self.tally.refused[refusal.name] += 1
        log.warning("request=%s key=%s status=%d rule=%s", number, request.state.key_id, rule.status, refusal.name)
        said = {"rule": refusal.name, "message": refusal.message, "next_step": rule.next_step, "request_id": number}
        more = {"Retry-After": str(refusal.wait)} if refusal.wait else {}
        more |= {"Allow": refusal.allow} if refusal.allow else {}
        return _answer(rule.status, number, said, more)


def _number() -> str:
    return uuid4().hex[:12]


def _answer(status: int, number: str, said: dict[str, Any], more: dict[str, str] | None = None) -> JSONResponse:
    """One request a connection: what is left of a body that was not read must not be taken for the next request."""
    own = {"X-Request-Id": number, "Connection": "close", "Cache-Control": "no-store"}
    return JSONResponse(said, status, {**own, "X-Content-Type-Options": "nosniff", **(more or {})})
