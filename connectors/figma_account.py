"""The calls to Figma, and what they need.

Three credentials, because Figma has three doors: a personal access token (or OAuth) for files and comments, a plan
access token for the activity log, a SCIM token for the organisation's users.
Source: npm `@figma/rest-api-spec` 0.43.0; the log's `cursor` and SCIM: developers.figma.com/docs/rest-api.
"""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from pydantic import Field, SecretStr
from yarl import URL

from connectors.connector import NeedsPerson, SystemConfig
from connectors.figma_answers import (
    Comment,
    Comments,
    File,
    FileMeta,
    Files,
    History,
    Incoming,
    LogAnswer,
    LogPage,
    Meta,
    Projects,
    ScimUsers,
    Version,
    Versions,
)
from connectors.http import OK, Answer, Http

GONE = 404
OR_GONE = OK | {GONE}
FORBIDDEN = 403

VERSIONS_PAGE = 50
"""The most that Figma gives."""


class FigmaConfig(SystemConfig):
    """Figma's entry. Figma counts by the minute (10 to 100 requests, by plan): set `requests_per_second` below that.

    `secret` is a personal access token, or a JSON object: `{"token": "", "audit_token": "", "scim_token": ""}`. Without
    one of the last two no address leads to an account, and a search can only go by the name that Figma shows.
    """

    team_ids: tuple[str, ...] = ()
    """The numbers in the addresses of the teams' pages; no API lists them."""
    tenant_id: str | None = None
    """The organisation's SCIM tenant (Admin > Settings > Login and provisioning)."""
    scim_url: str = "https://www.figma.com/scim/v2"
    company_token_user_id: str | None = None
    """The account that the token belongs to. Only its comments can be deleted; known, others' are not even tried."""
    files_per_page: int = Field(default=10, ge=1)
    """Files that one page of a search looks into, two requests or more for each."""
    log_page_size: int = Field(default=1000, ge=1, le=1000)


class Tokens(Incoming):
    """What `secret` holds."""

    token: SecretStr
    audit_token: SecretStr | None = None
    scim_token: SecretStr | None = None

    @classmethod
    def of(cls, secret: SecretStr) -> "Tokens":
        """Read a bare token or a JSON object. Raises `ValueError` when it is an object of another kind."""
        text = secret.get_secret_value().strip()
        return cls.model_validate_json(text) if text.startswith("{") else cls(token=SecretStr(text))


class Account:
    """The company's Figma. What is not there (404) is empty or `None`."""

    def __init__(self, config: FigmaConfig) -> None:
        self._config = config
        self._http = Http(config)
        self._tokens: Tokens | None = None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    @property
    def has_scim(self) -> bool:
        """Whether addresses can be looked up among the organisation's users."""
        return self._config.tenant_id is not None and self._secrets().scim_token is not None

    @property
    def has_log(self) -> bool:
        """Whether addresses can be looked up in the activity log."""
        return self._secrets().audit_token is not None

    async def users(self, address: str) -> list[tuple[str, str]]:
        """Address and account of the organisation's users with this address.

        Figma notes that it was asked (it "binds" the account to SCIM); nothing of the account changes.
        """
        secret = self._secrets().scim_token
        if self._config.tenant_id is None or secret is None:
            return []
        answer = await self._http.request(
            "GET",
            "/{}/Users",
            self._config.tenant_id,
            base_url=self._config.scim_url,
            headers={"Authorization": f"Bearer {secret.get_secret_value()}"},
            params={"filter": f"userName eq {json.dumps(address, ensure_ascii=False)}"},
        )
        return [(user.userName, user.id) for user in answer.read(ScimUsers).Resources]

    async def log(self, cursor: str) -> LogPage:
        """A page of the last year's activity, newest first; `cursor` is empty at the start."""
        secret = self._secrets().audit_token
        if secret is None:
            return LogPage(accounts=(), cursor=None)
        params = {"limit": str(self._config.log_page_size), "order": "desc"}
        params |= {"cursor": cursor} if cursor else {}
        answer = await self._http.request("GET", "/v1/activity_logs", headers=_header(secret), params=params)
        log = answer.read(LogAnswer).meta
        named = (each for event in log.activity_logs for each in (event.actor, event.entity) if each)
        accounts = dict.fromkeys((each.email, each.id) for each in named if each.email and each.id)
        return LogPage(accounts=tuple(accounts), cursor=log.cursor if log.next_page else None)

    async def projects(self, team_id: str) -> list[str]:
        """The ids of a team's projects."""
        answer = await self._get("/v1/teams/{}/projects", team_id)
        return [project.id for project in answer.read(Projects).projects]

    async def files(self, project_id: str) -> list[File]:
        """A project's files and their branches, in the order of their keys."""
        params = {"branch_data": "true"}
        answer = await self._get("/v1/projects/{}/files", project_id, ok=OR_GONE, params=params)
        found = [] if answer.status == GONE else [each for file in answer.read(Files).files for each in file.all]
        return sorted(found, key=lambda file: file.key)

    async def comments(self, file_key: str) -> tuple[Comment, ...]:
        """Every comment of a file: Figma gives them all at once."""
        answer = await self._get("/v1/files/{}/comments", file_key, ok=OR_GONE)
        return () if answer.status == GONE else answer.read(Comments).comments

    async def versions(self, file_key: str, before: str = "") -> Versions:
        """A page of a file's history."""
        params = {"page_size": str(VERSIONS_PAGE)} | ({"before": before} if before else {})
        answer = await self._get("/v1/files/{}/versions", file_key, params=params, ok=OR_GONE)
        if answer.status == GONE:
            return Versions(versions=())
        history = answer.read(History)
        # Only the position is taken from Figma's link: the token goes to base_url and nowhere else.
        link = history.pagination.next_page
        return Versions(versions=history.versions, before=URL(link).query.get("before") if link else None)

    async def history(self, file_key: str) -> AsyncIterator[Version]:
        """A file's whole history, newest first."""
        page = await self.versions(file_key)
        while True:
            for version in page.versions:
                yield version
            if page.before is None:
                return
            page = await self.versions(file_key, page.before)

    async def meta(self, file_key: str) -> Meta | None:
        """What is known of a file."""
        answer = await self._get("/v1/files/{}/meta", file_key, ok=OR_GONE)
        return None if answer.status == GONE else answer.read(FileMeta).file

    async def delete_comment(self, file_key: str, comment_id: str) -> bool:
        """Delete a comment; `False` when it is another account's. One that is gone meanwhile is deleted."""
        return await self._delete("/v1/files/{}/comments/{}", file_key, comment_id)

    async def delete_reaction(self, file_key: str, comment_id: str, emoji: str) -> bool:
        """Take back a reaction; `False` when it is another account's. One that is gone meanwhile is taken back."""
        path = "/v1/files/{}/comments/{}/reactions"
        return await self._delete(path, file_key, comment_id, params={"emoji": emoji})

    async def _delete(self, path: str, *args: str, params: Mapping[str, str] | None = None) -> bool:
        ok = OR_GONE | {FORBIDDEN}
        headers = _header(self._secrets().token)
        answer = await self._http.request("DELETE", path, *args, headers=headers, params=params, ok=ok)
        answer.json()  # a gateway's page, whatever its status, is no word of Figma's
        return answer.status != FORBIDDEN

    async def _get(
        self, path: str, *args: str, params: Mapping[str, str] | None = None, ok: frozenset[int] = OK
    ) -> Answer:
        headers = _header(self._secrets().token)
        answer = await self._http.request("GET", path, *args, headers=headers, params=params, ok=ok)
        if answer.status == GONE:
            answer.json()  # a gateway's 404 is no word of Figma's
        return answer

    def _secrets(self) -> Tokens:
        if self._tokens is None:
            try:
                self._tokens = Tokens.of(self._config.secret)
            except ValueError:
                raise NeedsPerson("Figma's secret is neither a token nor a JSON object of tokens", _TOKENS) from None
        return self._tokens


_TOKENS = (
    'Write it as a personal access token, or as {"token": "...", "audit_token": "...", "scim_token": "..."}, where '
    "systems.toml points; restart the worker, then retry."
)


def _header(token: SecretStr) -> dict[str, Any]:
    return {"X-Figma-Token": token.get_secret_value()}
