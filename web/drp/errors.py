"""Errors as the protocol writes them (3.06): `{code, message, fatal?}`."""

import json

from aiohttp import web

from web.problems import Kind, Problem

MALFORMED = Kind(
    "drp-malformed", 400, "Not a signed message", "Send base64(signature || JSON), signed in combined mode."
)
FORBIDDEN = Kind("drp-forbidden", 403, "Not allowed", "The message is not one that this agent may send here.")
UNKNOWN = Kind("drp-unknown-token", 401, "Unknown token", "Get a token: POST a signed message to /v1/agent/{agent-id}.")
UNTIMELY = Kind("drp-untimely", 400, "Not valid now", "Sign a new message.")
REPLAYED = Kind("drp-replayed", 409, "Used before", "A message is good for one use: sign a new one.")
INVALID = Kind("drp-invalid", 400, "The message cannot be used", "Mend it, and sign it anew.")
TOO_LATE = Kind("drp-too-late", 409, "Not possible as it stands now", "Look at the status of the request.")


class DrpProblem(Problem):
    """A problem that may end the request: `fatal`, and sending the same again is of no use."""

    def __init__(self, kind: Kind, detail: str | None = None, *, fatal: bool = False) -> None:
        headers = {"WWW-Authenticate": "Bearer"} if kind.status == web.HTTPUnauthorized.status_code else None
        super().__init__(kind, detail, headers=headers)
        self.fatal = fatal


def answer(problem: Problem) -> web.Response:
    """Any problem in the protocol's own form."""
    content: dict[str, object] = {"code": str(problem.kind.status), "message": problem.detail}
    if isinstance(problem, DrpProblem) and problem.fatal:
        content["fatal"] = True
    return web.Response(
        status=problem.kind.status,
        text=json.dumps(content),
        content_type="application/json",
        headers=problem.headers,
    )
