"""Errors as the protocol writes them: `{"error": {code, message, errors: [{domain, reason, message}]}}`."""

from typing import Any

from web.problems import Kind, Problem

INVALID = Kind("opendsr-invalid", 400, "Validation", "Mend what is named, and send it again.")
UNKNOWN_TOKEN = Kind("opendsr-token", 401, "Authentication", "Send `Authorization: Bearer` and the token agreed on.")
NOT_PENDING = Kind("opendsr-not-pending", 400, "State", "Only what is pending can be cancelled.")
REUSED = Kind("opendsr-reused", 400, "Validation", "This subject_request_id was used for another request.")

NOT_THEIRS = Kind("opendsr-signature", 403, "Authentication", "Sign the raw body, with the certificate of your domain.")
ELSEWHERE = Kind("opendsr-elsewhere", 400, "Validation", "`status_callback_url` must be the address that is called.")
UNCHECKED = Kind("opendsr-unchecked", 503, "Authentication", "Your certificate could not be fetched: call again later.")


def content(problem: Problem) -> dict[str, Any]:
    """Any problem in the protocol's own form. Repeats nothing that was sent."""
    one = {"domain": problem.kind.title, "reason": problem.kind.slug, "message": problem.detail}
    mistakes = [one | {"message": f"{mistake.pointer} {mistake.detail}"} for mistake in problem.mistakes]
    return {"error": {"code": problem.kind.status, "message": problem.detail, "errors": mistakes or [one]}}
