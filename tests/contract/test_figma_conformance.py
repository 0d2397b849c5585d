"""What we send to Figma and what our stand-in answers, both against the description that Figma publishes on npm."""

import re
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from standins.figma import comment, event, file, reaction, user
from tests.contract.acts import locate
from tests.contract.npm_specs import npm_file
from tests.contract.people import ADA, RESEMBLING
from tests.contract.recording import Exchange
from tests.contract.rig import Fault
from tests.contract.rigs.figma import FigmaRig

PACKAGE = "@figma/rest-api-spec@0.43.0"

IN_WORDS_ONLY = {("/v1/activity_logs", "cursor")}
"""Parameters that the documentation explains and the description lacks (developers.figma.com, Activity Logs)."""

USED = {
    ("GET", "/v1/activity_logs"),
    ("GET", "/v1/teams/{team_id}/projects"),
    ("GET", "/v1/projects/{project_id}/files"),
    ("GET", "/v1/files/{file_key}/comments"),
    ("DELETE", "/v1/files/{file_key}/comments/{comment_id}"),
    ("DELETE", "/v1/files/{file_key}/comments/{comment_id}/reactions"),
    ("GET", "/v1/files/{file_key}/versions"),
    ("GET", "/v1/files/{file_key}/meta"),
}


class Description:
    """Figma's description of its interface."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def operation(self, exchange: Exchange) -> tuple[str, dict[str, Any]]:
        """The template of this path, and the operation."""
        for template, operations in self._document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), exchange.path):
                return template, operations[exchange.method.lower()]
        raise AssertionError(f"Figma has no {exchange.method} {exchange.path}")

    def mistakes(self, exchange: Exchange) -> list[str]:
        """Everything that the description does not know or knows otherwise."""
        template, operation = self.operation(exchange)
        known = {each["name"] for each in operation["parameters"] if each["in"] == "query"}
        found = [f"?{name}" for name in exchange.query - known if (template, name) not in IN_WORDS_ONLY]
        reference = operation["responses"].get(str(exchange.status))
        if reference is None:
            return [*found, f"{exchange.status} is no answer of it"]
        response = self._document["components"]["responses"][reference["$ref"].rpartition("/")[2]]
        schema = response["content"]["application/json"]["schema"] | {"components": self._document["components"]}
        return found + [error.message for error in Draft202012Validator(schema).iter_errors(exchange.answer)]


@pytest.fixture(scope="module")
def description() -> Description:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = npm_file(PACKAGE, "openapi/openapi.yaml").read_text()
    return Description(yaml.load(text, Loader=loader))  # noqa: S506 - a safe loader, in C where there is one


def _reacted_to(state: dict[str, Any]) -> dict[str, Any]:
    """Somebody's comment in a branch, with a reaction of the token's account and one of another."""
    (first, *_), grace = state["teams"][0]["projects"][0]["files"], user("815", "Grace")
    first["branches"] = [file("branch1", "Try", grace)]
    written = comment("91", "branch1", user("816", "Other"), "Nice")
    written["reactions"] = [reaction(user("4711", "Ada"), ":heart:"), reaction(grace, ":+1:")]
    first["branches"][0]["comments"].append(written)
    return state


async def everything_said() -> list[Exchange]:
    """All that is said while people are found, exported, erased and looked for again; and two refusals."""
    rig = FigmaRig()
    async with rig.start():
        state = await rig.state()
        studio = user("900", "Studio")
        events = [event(f"e{n}", n, studio, "studio@example.com") for n in range(3)]
        await rig.put(state | {"activity_logs": events})
        await locate(rig.connector, RESEMBLING[0])  # in the log, nobody
        await rig.seed(ADA, 4)
        await rig.seed(RESEMBLING[0], 1)
        await rig.put(_reacted_to(await rig.state()))
        records = await locate(rig.connector, ADA) + await locate(rig.connector, RESEMBLING[0])
        await rig.connector.export(records)
        await rig.connector.erase(records)  # another account's comment among them: 403
        await rig.connector.check(records)
        await rig.put(await rig.state() | {"teams": []})
        await rig.connector.check(records)  # 404
    return [each for each in rig.exchanges if not each.path.startswith("/scim/")]


async def test_requests_and_answers_are_as_figma_describes_them(description: Description) -> None:
    """Every path, parameter and answer, refusals among them, is in Figma's own description."""
    said = await everything_said()

    mistakes = [f"{each.method} {each.path}: {wrong}" for each in said for wrong in description.mistakes(each)]

    assert mistakes == []
    assert {(each.method, description.operation(each)[0]) for each in said} == USED
    assert {200, 403, 404} <= {each.status for each in said}


@pytest.mark.parametrize("kind", [Fault.RATE_LIMIT, Fault.RATE_LIMIT_WITHOUT_HINT, Fault.SERVER_ERROR, Fault.FORBIDDEN])
async def test_faults_are_put_as_figma_puts_them(description: Description, kind: str) -> None:
    """What the stand-in says when it is broken on purpose is what Figma would say."""
    rig = FigmaRig()
    async with rig.start():
        await rig.fault(kind)
        async with rig.control.get("/v1/files/key22a/comments"):
            pass

    (refused,) = rig.exchanges
    assert refused.status != 200
    assert description.mistakes(refused) == []


def test_a_mistake_would_be_seen(description: Description) -> None:
    """The comparison itself finds unknown paths, parameters, statuses and misshapen answers."""
    path = "/v1/files/abc/comments"
    exchange = Exchange("GET", path, frozenset({"page"}), None, 200, {"comments": [{"id": 1}]})

    mistakes = description.mistakes(exchange)

    assert "?page" in mistakes
    assert "1 is not of type 'string'" in mistakes
    assert description.mistakes(Exchange("GET", path, frozenset(), None, 418, {})) == ["418 is no answer of it"]
    with pytest.raises(AssertionError):
        description.operation(Exchange("GET", "/v1/users", frozenset(), None, 200, {}))
