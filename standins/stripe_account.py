"""What the Stripe stand-in holds; the shape of its state is described in standins/stripe.py."""

import re
from typing import Any

from standins.stripe_objects import ADDRESS, KINDS, State, seed_of, whole

KEY = "sk_test_standin"
REDACTED = "[redacted]"
PAID = ("charges", "invoices", "payment_intents", "checkout_sessions")
PERSONAL = frozenset({"email", "name", "phone", "customer_email", "customer_name", "customer_phone", "receipt_email"})
CLAUSE = re.compile(r"(?P<field>[a-z_.]+)(?:\['(?P<key>(?:[^'\\]|\\.)*)'\])?:'(?P<value>(?:[^'\\]|\\.)*)'")


class Problem(Exception):
    """A refusal, in the vendor's words."""

    def __init__(self, status: int, message: str, **more: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": "invalid_request_error", "message": message, **more}}


def missing(what: str, thing: str, param: str = "id") -> Problem:
    """What is answered about a thing that is not there."""
    status = 400 if param in {"starting_after", "ending_before"} else 404
    return Problem(status, f"No such {what}: '{thing}'", code="resource_missing", param=param)


class Account:
    """All that one account holds."""

    def __init__(self, state: State | None) -> None:
        self.replace(state or {})

    def replace(self, state: State) -> None:
        """Take over a seed."""
        self.key = str(state.get("key", KEY))
        self.rate: int | None = state.get("rate")
        self.fail_posts = int(state.get("fail_posts", 0))
        self.index: list[State] | None = state.get("index")
        self.redaction: State = {"admitted": False, "validates_in": 0, "objects": {}, "finishes": False}
        self.redaction["locks_late"] = False
        self.redaction |= state.get("redaction", {})
        self.jobs: dict[str, State] = {job["id"]: job for job in state.get("jobs", [])}
        self.answers: State = dict(state.get("answers", {}))
        self.things: dict[str, dict[str, State]] = {}
        for kind in KINDS:
            seeds = [whole(kind, seed, number) for number, seed in enumerate(state.get(kind, []), start=1)]
            self.things[kind] = {seed["id"]: seed for seed in seeds}
        if self.redaction["finishes"]:
            for job in self.jobs.values():
                self.finish(job)

    def state(self) -> State:
        """Everything, in the shape of a seed."""
        settings = {"key": self.key, "rate": self.rate, "fail_posts": self.fail_posts, "index": self.index}
        jobs = {"redaction": self.redaction, "jobs": list(self.jobs.values()), "answers": self.answers}
        return settings | jobs | {k: [seed_of(k, each) for each in held.values()] for k, held in self.things.items()}

    def listed(self, kind: str) -> list[State]:
        """What a list shows: no deleted customers, newest first."""
        held = [thing for thing in self.things[kind].values() if not thing.get("deleted")]
        return sorted(held, key=lambda thing: int(thing["created"]), reverse=True)

    def thing(self, kind: str, name: str, what: str) -> State:
        """One of them; a deleted customer is the rest of one."""
        if name not in self.things[kind]:
            raise missing(what, name)
        return self.things[kind][name]

    def customer(self, name: str) -> State:
        """A customer who can still be changed."""
        held = self.thing("customers", name, "customer")
        if held.get("deleted"):
            raise missing("customer", name, "customer")
        return held

    def delete(self, name: str) -> State:
        """Delete a customer: subscriptions end, saved ways to pay and tax ids go, what was paid stays."""
        self.customer(name)
        for subscription in self.things["subscriptions"].values():
            if subscription["customer"] == name and subscription["status"] != "canceled":
                subscription |= {"status": "canceled", "canceled_at": 1700000000, "ended_at": 1700000000}
        for kind in ("payment_methods", "tax_ids"):
            kept = {i: thing for i, thing in self.things[kind].items() if thing["customer"] != name}
            self.things[kind] = kept
        self.things["customers"][name] = {"id": name, "object": "customer", "deleted": True}
        return self.things["customers"][name]

    def change(self, name: str, form: State) -> State:
        """Change a customer, all that is asked for or nothing."""
        held = self.customer(name)
        if len(form.get("phone", "")) > 20:
            raise Problem(400, "Invalid phone: must be at most 20 characters", param="phone")
        if len(form.get("name", "")) > 256:
            raise Problem(400, "Invalid string: must be at most 256 characters", param="name")
        if len(form.get("email", "")) > 512 or (form.get("email") and "@" not in form["email"][1:-1]):
            raise Problem(400, f"Invalid email address: {form['email']}", code="email_invalid", param="email")
        changed: State = {
            field: form[field] or None for field in ("email", "name", "phone", "description") if field in form
        }
        if "address" in form:
            changed["address"] = _address(held["address"], form["address"])
        if "metadata" in form:
            merged = {**held["metadata"], **form["metadata"]}
            changed["metadata"] = {key: value for key, value in merged.items() if value}
        held |= changed
        return held

    def search(self, query: str) -> list[State]:
        """Customers as the index has them. Careless on purpose: what follows a plus in an address does not count."""
        clause = CLAUSE.fullmatch(query.strip())
        if clause is None or clause["field"] not in {"email", "metadata"}:
            raise Problem(400, "Your search query could not be parsed.", param="query")
        wanted = _unquoted(clause["value"])
        held = self.listed("customers") if self.index is None else self.index
        if clause["field"] == "metadata":
            return [each for each in held if each["metadata"].get(_unquoted(clause["key"])) == wanted]
        return [each for each in held if each["email"] and _without_tag(each["email"]) == _without_tag(wanted)]

    def finish(self, job: State) -> None:
        """Redact what a running job is about, and what hangs on it."""
        if job["status"] != "redacting":
            return
        for kind, names in job["objects"].items():
            for name in names:
                self.things[kind][name] = redacted(self.things[kind][name])
                for paid in PAID if kind == "customers" else ():
                    held = self.things[paid]
                    self.things[paid] = {i: redacted(t) if t["customer"] == name else t for i, t in held.items()}
        job["status"] = "succeeded"


def redacted(value: Any) -> Any:
    """The same without personal data."""
    if isinstance(value, list):
        return [redacted(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: REDACTED if key in PERSONAL and each else None if key in {"address", "shipping"} else redacted(each)
        for key, each in value.items()
    }


def _address(held: State | None, parts: Any) -> State | None:
    if not isinstance(parts, dict):
        return None
    return {**dict.fromkeys(ADDRESS), **(held or {}), **{name: value or None for name, value in parts.items()}}


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value)


def _without_tag(address: str) -> str:
    local, at, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"
