"""The description of the interface (OpenAPI 3.1): each part describes itself, schemas come from the models in use."""

import json
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from web import problems
from web.doors import Described
from web.openapi_own import own
from web.openapi_parts import SCHEMAS, Json
from web.pages import Page, Pages
from web.problems import KINDS


class ApiDescription:
    """`/openapi.json`, and a page for each type of problem."""

    def __init__(self, public_url: str, paper: Pages, *, codec: bool, others: Sequence[Described] = ()) -> None:
        self._text = json.dumps(document(public_url, codec=codec, others=others))
        self._paper = paper

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [web.get("/openapi.json", self.show), web.get("/problems/{slug}", self.problem)]

    async def show(self, _: web.Request) -> web.Response:
        """The description."""
        return web.Response(
            text=self._text, content_type="application/json", headers={"Cache-Control": "public, max-age=300"}
        )

    async def problem(self, request: web.Request) -> web.Response:
        """What a type of problem means, where its type leads to."""
        kind = KINDS.get(request.match_info["slug"])
        if kind is None:
            raise problems.Problem(problems.NOT_FOUND)
        return self._paper.render(Page(kind.title, [kind.advice, f"Answered with the HTTP status {kind.status}."]))


def document(public_url: str, *, codec: bool = False, others: Sequence[Described] = ()) -> Json:
    """The whole description.

    Args:
        public_url: where this server is reached.
        codec: whether the engine's codec is served.
        others: what else is: the person's pages, partners' protocols.
    """
    parts = (own(codec=codec), *others)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Habeas",
            "version": "1",
            "description": "Rights requests: handed in by signed webhook, by partners' protocols or on the person's "
            "own pages, followed and confirmed by their id, answered with a package behind a link that works once.",
        },
        "servers": [{"url": public_url.rstrip("/")}],
        "paths": _merged([part.paths for part in parts]),
        "webhooks": _merged([part.webhooks for part in parts]),
        "components": {"schemas": _schemas(parts), "securitySchemes": _merged([part.security for part in parts])},
    }


def _schemas(parts: Sequence[Described]) -> Json:
    gives: list[type[BaseModel]] = [model for part in parts for model in part.gives]
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (model, "validation") for part in parts for model in part.takes
    ]
    modes += [(model, "serialization") for model in gives]
    _, described = models_json_schema(modes, ref_template=SCHEMAS + "{model}")
    schemas: Json = described["$defs"]
    for model in gives:
        schemas[model.__name__].pop("additionalProperties", None)  # an answer may grow; a reader must not mind
    return schemas


def _merged(parts: Sequence[Json]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}
