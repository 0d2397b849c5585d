"""What the Klaviyo stand-in holds; the shape of its state is described in standins/klaviyo.py."""

import re
from typing import Any

KEY = "pk_standin"
NOW = "2026-01-15T12:00:00+00:00"
WRITABLE = frozenset(
    {"email", "phone_number", "external_id", "first_name", "last_name", "organization", "locale", "title", "image"}
)
IDENTIFIERS = ("email", "phone_number", "external_id")
PLACE = ("address1", "address2", "city", "country", "latitude", "longitude", "region", "zip", "timezone", "ip")
CONDITION = re.compile(r'equals\((?P<field>[a-z_]+),"(?P<value>(?:[^"\\]|\\.)*)"\)')

State = dict[str, Any]


class Problem(Exception):
    """A refusal, in the vendor's words."""

    def __init__(self, status: int, code: str, title: str, detail: str, pointer: str = "/data") -> None:
        super().__init__(title)
        self.status = status
        said = {"id": "5f0e1d2c", "status": status, "code": code, "title": title, "detail": detail}
        self.body = {"errors": [{k: v for k, v in said.items() if k != "status"} | {"source": {"pointer": pointer}}]}


def missing(what: str, name: str) -> Problem:
    """What is answered about a thing that is not there."""
    return Problem(404, "not_found", "Not found.", f"A {what} with id {name} does not exist.")


def invalid(detail: str, pointer: str = "/data") -> Problem:
    """What is answered to a request that cannot be."""
    return Problem(400, "invalid", "Invalid input.", detail, pointer)


class Account:
    """All that one account holds."""

    def __init__(self, state: State | None) -> None:
        self.replace(state or {})

    def replace(self, state: State) -> None:
        """Take over a seed."""
        self.key = str(state.get("key", KEY))
        self.steady: int | None = state.get("steady")
        self.asked: dict[str, tuple[float, int]] = {}
        self.deletes_at_once = bool(state.get("deletes_at_once", True))
        self.jobs_take = int(state.get("jobs_take", 0))
        self.unique = bool(state.get("unique", True))
        self.links_to = str(state.get("links_to", ""))
        self.profiles: dict[str, State] = {each["id"]: _seed(each) for each in state.get("profiles", [])}
        self.events: list[State] = list(state.get("events", []))
        self.lists: State = dict(state.get("lists", {}))
        self.segments: State = dict(state.get("segments", {}))
        self.deleting: list[str] = list(state.get("deleting", []))
        self.deleted: list[str] = list(state.get("deleted", []))
        self.jobs: dict[str, State] = {job["id"]: job for job in state.get("jobs", [])}
        if self.deletes_at_once:
            for name in self.deleting:
                self.drop(name)
            self.deleting = []

    def state(self) -> State:
        """Everything, in the shape of a seed."""
        settings = (
            "key",
            "steady",
            "deletes_at_once",
            "jobs_take",
            "unique",
            "links_to",
            "events",
            "lists",
            "segments",
        )
        held = {name: getattr(self, name) for name in (*settings, "deleting", "deleted")}
        return held | {"profiles": list(self.profiles.values()), "jobs": list(self.jobs.values())}

    def left(self, route: str, now: float) -> tuple[int, int]:
        """How many requests a route has left after this one, less than none if it had none, and for how many seconds.

        A minute starts with the first request in it.
        """
        start, count = self.asked.get(route, (now, 0))
        if now - start >= 60:
            start, count = now, 0
        self.asked[route] = (start, count + 1)
        return (700 if self.steady is None else self.steady - count - 1), max(1, 60 - int(now - start))

    def profile(self, name: str) -> State:
        """One profile."""
        if name not in self.profiles:
            raise missing("profile", name)
        return self.profiles[name]

    def filtered(self, condition: str | None) -> list[State]:
        """The profiles that meet a condition, by their ids."""
        held = sorted(self.profiles.values(), key=lambda each: str(each["id"]))
        if condition is None:
            return held
        field, value = read(condition, IDENTIFIERS)
        wanted = value.lower() if field == "email" else value
        return [each for each in held if each.get(field) == wanted]

    def change(self, name: str, attributes: State) -> State:
        """Change a profile, all that is asked for or nothing."""
        held = self.profile(name)
        if strange := attributes.keys() - WRITABLE - {"location", "properties"}:
            raise invalid(f"{sorted(strange)} is not a valid field", "/data/attributes")
        changed = {key: value for key, value in attributes.items() if key in WRITABLE}
        if changed.get("email"):
            changed["email"] = str(changed["email"]).lower()
            if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", changed["email"]) or len(changed["email"]) > 254:
                raise invalid("Invalid email address", "/data/attributes/email")
        if changed.get("phone_number") and not re.fullmatch(r"\+\d{7,15}", str(changed["phone_number"])):
            raise invalid("Invalid phone number format (Example of a valid format: +12345678901)")
        for field in IDENTIFIERS:
            for other in self.profiles.values():
                if self.unique and changed.get(field) and other is not held and other.get(field) == changed[field]:
                    detail = "A profile already exists with one of these identifiers."
                    raise Problem(409, "duplicate_profile", "Conflict.", detail, "/data/attributes")
        if "location" in attributes:
            changed["location"] = {**held.get("location", {}), **(attributes["location"] or dict.fromkeys(PLACE))}
        for field, value in changed.items():
            if value is None or (field == "location" and not any(value.values())):
                held.pop(field, None)
            else:
                held[field] = {k: v for k, v in value.items() if v is not None} if field == "location" else value
        held["updated"] = NOW
        return held

    def suppress(self, what: str, addresses: list[str]) -> State:
        """A bulk job, which starts when it is asked after often enough."""
        name = f"job{len(self.jobs) + 1}"
        job = {"id": name, "what": what, "addresses": addresses, "asked": 0, "status": "queued"}
        self.jobs[name] = job
        return job

    def work_on(self, job: State) -> State:
        """The job, as far as it is by now."""
        if job["status"] != "complete" and job["asked"] >= self.jobs_take:
            for profile in self.profiles.values():
                if profile.get("email") in job["addresses"]:
                    kept = [each for each in profile.get("suppression", []) if each["reason"] != "USER_SUPPRESSED"]
                    added = [{"reason": "USER_SUPPRESSED", "timestamp": NOW}] if job["what"] == "create" else []
                    profile["suppression"] = kept + added
            job["status"] = "complete"
        job["asked"] += 1
        return job

    def delete(self, name: str) -> None:
        """Delete a profile, at once or later."""
        if name in self.profiles:
            self.deleting.append(name)
            if self.deletes_at_once:
                self.drop(name)
                self.deleting.remove(name)

    def drop(self, name: str) -> None:
        """Forget a profile with its events; the address stays on the list of deleted profiles."""
        gone = self.profiles.pop(name, None)
        if gone is not None:
            self.events = [each for each in self.events if each["profile"] != name]
            self.deleted.append(str(gone.get("email", "")))


def read(condition: str, fields: tuple[str, ...]) -> tuple[str, str]:
    """A filter's field and value."""
    found = CONDITION.fullmatch(condition)
    if found is None or found["field"] not in fields:
        raise Problem(400, "invalid", "Invalid input.", "Invalid filter provided.", "/query")
    return found["field"], re.sub(r"\\(.)", r"\1", found["value"])


def _seed(profile: State) -> State:
    address = profile.get("email")
    held = {key: value for key, value in profile.items() if value not in ([], None, {})}
    return held | ({"email": address.lower()} if isinstance(address, str) else {})
