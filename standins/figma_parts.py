"""The parts of a Figma that is seeded: accounts, comments, versions, files, entries of the activity log."""

from typing import Any

CREATED = "2026-01-30T10:00:00Z"


def user(account: str, handle: str) -> dict[str, str]:
    """An account as everyone sees it."""
    return {"id": account, "handle": handle, "img_url": f"https://s3-alpha.figma.com/profile/{account}"}


def comment(
    number: str, file_key: str, author: dict[str, str], message: str, *, created_at: str = CREATED, reply_to: str = ""
) -> dict[str, Any]:
    """A comment on a file, or a reply to one."""
    return {
        "id": number,
        "file_key": file_key,
        "parent_id": reply_to,
        "user": author,
        "created_at": created_at,
        "resolved_at": None,
        "message": message,
        "order_id": None if reply_to else "1",
        "reactions": [],
        "client_meta": {"x": 10, "y": 20},
    }


def reaction(author: dict[str, str], emoji: str, *, created_at: str = CREATED) -> dict[str, Any]:
    """What somebody thought of a comment."""
    return {"user": author, "emoji": emoji, "created_at": created_at}


def version(number: str, author: dict[str, str], *, label: str = "", created_at: str = CREATED) -> dict[str, Any]:
    """An entry of a file's history; the higher its number, the newer it is."""
    return {
        "id": number,
        "created_at": created_at,
        "label": label,
        "description": "",
        "user": author,
        "thumbnail_url": f"https://s3-alpha.figma.com/thumbnails/{number}",
    }


def file(key: str, name: str, creator: dict[str, str], *, last_modified: str = CREATED) -> dict[str, Any]:
    """A file, with nothing in it yet."""
    return {
        "key": key,
        "name": name,
        "last_modified": last_modified,
        "creator": creator,
        "comments": [],
        "versions": [],
    }


def event(number: str, timestamp: int, actor: dict[str, str], email: str, *, on: str = "abc") -> dict[str, Any]:
    """An entry of the activity log: `actor` with address `email` looked at a file."""
    return {
        "id": number,
        "timestamp": timestamp,
        "actor": {"type": "user", "id": actor["id"], "name": actor["handle"], "email": email},
        "action": {"type": "fig_file_view", "details": {}},
        "entity": {
            "type": "file",
            "key": on,
            "name": "Home",
            "editor_type": "figma",
            "link_access": "view",
            "proto_link_access": "view",
        },
        "context": {
            "client_name": None,
            "ip_address": "192.0.2.1",
            "is_figma_support_team_action": False,
            "org_id": "1",
            "team_id": None,
        },
    }
