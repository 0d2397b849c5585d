"""What the Mailchimp stand-in holds; the shape of its state is described in standins/mailchimp.py."""

import hashlib
import uuid
from typing import Any

PARTS = ("activity", "events", "goals", "notes", "tags")
HIDDEN = frozenset({*PARTS, "unsubscribed_by_contact"})
KEY = "standin-us1"
NOW = "2026-01-15T12:00:00+00:00"
USUAL = {"FNAME": "text", "LNAME": "text", "ADDRESS": "address", "PHONE": "phone"}
"""The merge fields of a new audience."""

State = dict[str, Any]


class Problem(Exception):
    """A refusal, in the vendor's error document (RFC 7807)."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(title)
        self.status = status
        kind = "https://mailchimp.com/developer/marketing/docs/errors/"
        self.body = {"type": kind, "title": title, "status": status, "detail": detail, "instance": str(uuid.uuid4())}


def missing() -> Problem:
    """What a route answers about a thing that is not there."""
    return Problem(404, "Resource Not Found", "The requested resource could not be found.")


class Account:
    """All that one account holds."""

    def __init__(self, state: State | None) -> None:
        self.replace(state or {})

    def replace(self, state: State) -> None:
        """Take over a seed."""
        self.key = str(state.get("key", KEY))
        self.max_connections: int | None = state.get("max_connections", 10)
        self.search_limit = int(state.get("search_limit", 30))
        self.lists_archived = bool(state.get("lists_archived", False))
        self.stores: dict[str, State] = {
            name: {"id": name, "name": name, "customers": [], "orders": [], **store}
            for name, store in state.get("stores", {}).items()
        }
        self.lists: dict[str, State] = {}
        for name, audience in state.get("lists", {}).items():
            kinds = audience.get("merge_fields") or _kinds(audience.get("members", []))
            members = [contact(name, seed, kinds) for seed in audience.get("members", [])]
            self.lists[name] = {
                "id": name,
                "name": audience.get("name", name),
                "merge_fields": kinds,
                "members": {member["id"]: member for member in members},
                "forgotten": list(audience.get("forgotten", [])),
            }

    def state(self) -> State:
        """Everything, in the shape of a seed."""
        lists = {name: {**each, "members": list(each["members"].values())} for name, each in self.lists.items()}
        limits = {"max_connections": self.max_connections, "search_limit": self.search_limit}
        limits |= {"lists_archived": self.lists_archived}
        return {"key": self.key, **limits, "lists": lists, "stores": self.stores}

    def audience(self, list_id: str) -> State:
        """One audience."""
        if list_id not in self.lists:
            raise missing()
        return self.lists[list_id]

    def member(self, list_id: str, name: str, *, by_hash_only: bool = False) -> State:
        """A contact by subscriber hash and, where the route takes them, by address or contact id."""
        members: dict[str, State] = self.audience(list_id)["members"]
        if name.lower() in members:
            return members[name.lower()]
        if not by_hash_only:
            for member in members.values():
                if name in {member["contact_id"], member["email_address"]}:
                    return member
        raise missing()

    def replace_member(self, member: State, changed: State) -> State:
        """Put a contact in the place of what it was, also under another hash."""
        members: dict[str, State] = self.audience(member["list_id"])["members"]
        kept = {changed["id"] if key == member["id"] else key: held for key, held in members.items()}
        members.clear()
        members.update(kept)
        members[changed["id"]] = changed
        return changed

    def forget(self, member: State) -> None:
        """Delete a contact for good: its address cannot be imported again."""
        audience = self.audience(member["list_id"])
        del audience["members"][member["id"]]
        audience["forgotten"].append(member["id"])

    def contacts(self, list_id: str, status: str | None) -> list[State]:
        """An audience's contacts; the archived ones only if they are asked for, unless the account shows them."""
        held: list[State] = list(self.audience(list_id)["members"].values())
        if status is not None:
            return [member for member in held if member["status"] == status]
        return [member for member in held if self.lists_archived or member["status"] != "archived"]

    def store(self, store_id: str) -> State:
        """One shop."""
        if store_id not in self.stores:
            raise missing()
        return self.stores[store_id]

    def search(self, query: str, list_id: str | None) -> tuple[list[State], list[State]]:
        """The exact matches and the full search's. Careless on purpose: a plus-address counts as exact."""
        audiences = [self.audience(list_id)] if list_id else list(self.lists.values())
        people = [member for audience in audiences for member in audience["members"].values()]
        wanted = _without_tag(query)
        exact = [member for member in people if _without_tag(member["email_address"]) == wanted]
        part = wanted.partition("@")[0]
        full = [m for m in people if part and part in f"{m['email_address']} {m['full_name']}".lower()]
        return exact, full


def digest(address: str) -> str:
    """A subscriber hash."""
    return hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()


def contact_id(list_id: str, address: str) -> str:
    """What a contact is called in its audience, for as long as it is there."""
    return hashlib.md5(f"{list_id}/{digest(address)}".encode(), usedforsecurity=False).hexdigest()


def contact(list_id: str, seed: State, kinds: State) -> State:
    """A contact as the vendor describes it, from what a seed says."""
    subscriber = digest(seed["email_address"])
    merge_fields = {**dict.fromkeys(kinds, ""), **seed.get("merge_fields", {})}
    return {
        "id": subscriber,
        "unique_email_id": subscriber[:10],
        "contact_id": contact_id(list_id, seed["email_address"]),
        "full_name": f"{merge_fields.get('FNAME', '')} {merge_fields.get('LNAME', '')}".strip(),
        "web_id": int(subscriber[:7], 16),
        "email_type": "html",
        "status": "subscribed",
        "consents_to_one_to_one_messaging": True,
        "sms_phone_number": "",
        "sms_subscription_status": "",
        "interests": {},
        "stats": {"avg_open_rate": 0, "avg_click_rate": 0},
        "ip_signup": "",
        "timestamp_signup": "",
        "ip_opt": "192.0.2.1",
        "timestamp_opt": NOW,
        "member_rating": 2,
        "last_changed": NOW,
        "language": "en",
        "vip": False,
        "email_client": "",
        "location": {"latitude": 0, "longitude": 0, "gmtoff": 0, "dstoff": 0, "country_code": "", "timezone": ""},
        "source": "API - Generic",
        **{part: [] for part in PARTS},
        **seed,
        "merge_fields": merge_fields,
        "list_id": list_id,
    }


def shown(member: State) -> State:
    """A contact as an answer shows it."""
    tags = [{"id": tag["id"], "name": tag["name"]} for tag in member["tags"]]
    public = {key: value for key, value in member.items() if key not in HIDDEN}
    return {**public, "tags_count": len(tags), "tags": tags, "_links": []}


def _without_tag(address: str) -> str:
    local, at, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def _kinds(members: list[State]) -> State:
    """The merge fields that an audience has by the look of its contacts, beside the usual."""
    held = [tag for member in members for tag in member.get("merge_fields", {})]
    return {**dict.fromkeys(held, "text"), **USUAL}
