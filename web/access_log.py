"""What was asked, and how it went: without tokens, query strings, or any other text that a sender chose."""

import re

import structlog
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.web_request import BaseRequest

log = structlog.get_logger()

_REQUEST_ID = re.compile(r"request-[a-z2-7]{24}")
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


class AccessLog(AbstractAccessLogger):
    """One line for each answer: the route's pattern, never the path; an id only where it looks like one of ours."""

    def log(self, request: BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Write it."""
        matched = request._match_info if isinstance(request, web.Request) else None  # noqa: SLF001 - None if malformed
        resource = None if matched is None else matched.route.resource
        facts = {
            "method": request.method if request.method in _METHODS else "other",
            "route": resource.canonical if resource else "none",
            "status": response.status,
            "milliseconds": round(time * 1000),
        }
        request_id = "" if matched is None else matched.get("request_id", "")
        if _REQUEST_ID.fullmatch(request_id):
            facts["request_id"] = request_id
        log.info("answered", **facts)
