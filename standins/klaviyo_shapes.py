"""Klaviyo's objects, as JSON:API puts them, from what a seed says of them."""

from typing import Any

from aiohttp import web

from standins.klaviyo_account import NOW, PLACE

State = dict[str, Any]

PREDICTED = (
    "historic_clv",
    "predicted_clv",
    "total_clv",
    "historic_number_of_orders",
    "predicted_number_of_orders",
    "average_days_between_orders",
    "average_order_value",
    "churn_probability",
    "expected_date_of_next_order",
)
SAID = (
    "email",
    "phone_number",
    "external_id",
    "first_name",
    "last_name",
    "organization",
    "locale",
    "title",
    "image",
    "last_event_date",
)


def profile_of(held: State, request: web.Request) -> State:
    """A profile, with what is asked for beside it."""
    wanted = request.query.get("additional-fields[profile]", "").split(",")
    attributes = {name: held.get(name) for name in SAID}
    attributes |= {name: held.get(name, NOW) for name in ("created", "updated")}
    attributes["location"] = {name: held.get("location", {}).get(name) for name in PLACE}
    attributes["properties"] = held.get("properties", {})
    if "subscriptions" in wanted:
        attributes["subscriptions"] = _subscriptions(held)
    if "predictive_analytics" in wanted:
        attributes["predictive_analytics"] = dict.fromkeys(PREDICTED)
    path = f"/api/profiles/{held['id']}"
    related = {name: {"links": _related(request, path, name)} for name in ("lists", "segments", "push-tokens")}
    return _thing("profile", held["id"], attributes, request, path) | {"relationships": related}


def list_of(name: str, title: str, request: web.Request) -> State:
    """A list."""
    attributes = {"name": title, "created": NOW, "updated": NOW, "opt_in_process": "double_opt_in"}
    return _thing("list", name, attributes, request, f"/api/lists/{name}")


def segment(name: str, title: str, request: web.Request) -> State:
    """A segment."""
    attributes: State = {"name": title, "created": NOW, "updated": NOW}
    attributes |= {"is_active": True, "is_processing": False, "is_starred": False}
    return _thing("segment", name, attributes, request, f"/api/segments/{name}")


def event(held: State, request: web.Request) -> State:
    """An event, with the ids of its metric and its profile."""
    attributes = {
        "timestamp": 1768478400,
        "event_properties": held.get("event_properties", {}),
        "datetime": NOW,
        "uuid": "5c8c9b40-0000-1000-8000-000000000000",
    }
    path = f"/api/events/{held['id']}"
    related = {
        "profile": {"data": {"type": "profile", "id": held["profile"]}, "links": _related(request, path, "profile")},
        "metric": {
            "data": {"type": "metric", "id": _metric(held["metric"])},
            "links": _related(request, path, "metric"),
        },
    }
    return _thing("event", held["id"], attributes, request, path) | {"relationships": related}


def metric(name: str, request: web.Request) -> State:
    """A kind of event."""
    attributes = {"name": name, "created": NOW, "updated": NOW, "integration": {"name": "API"}}
    return _thing("metric", _metric(name), attributes, request, f"/api/metrics/{_metric(name)}")


def job_of(job: State, request: web.Request) -> State:
    """A bulk job."""
    total, is_done = len(job["addresses"]), job["status"] == "complete"
    attributes = {
        "status": job["status"],
        "created_at": NOW,
        "total_count": total,
        "completed_count": total if is_done else 0,
        "completed_at": NOW if is_done else None,
        "skipped_count": 0,
    }
    kind = f"profile-suppression-bulk-{job['what']}-job"
    return _thing(kind, job["id"], attributes, request, f"/api/{kind}s/{job['id']}")


def _subscriptions(held: State) -> State:
    suppression = held.get("suppression", [])
    consent = held.get("consent", "SUBSCRIBED")
    marketing = {
        "can_receive_email_marketing": consent == "SUBSCRIBED" and not suppression,
        "consent": consent,
        "consent_timestamp": NOW,
        "last_updated": NOW,
        "method": "API",
        "method_detail": "",
        "custom_method_detail": None,
        "double_optin": False,
        "suppression": suppression,
        "list_suppressions": [],
    }
    sms = {"can_receive_sms_marketing": False, "consent": "NEVER_SUBSCRIBED"}
    return {"email": {"marketing": marketing}, "sms": {"marketing": sms}, "mobile_push": None, "whatsapp": None}


def _metric(name: str) -> str:
    return name.replace(" ", "")


def _thing(kind: str, name: str, attributes: State, request: web.Request, path: str) -> State:
    link = {"self": f"{request.url.origin()}{path}"}
    return {"type": kind, "id": name, "attributes": attributes, "links": link}


def _related(request: web.Request, path: str, name: str) -> State:
    origin = request.url.origin()
    return {"self": f"{origin}{path}/relationships/{name}", "related": f"{origin}{path}/{name}"}
