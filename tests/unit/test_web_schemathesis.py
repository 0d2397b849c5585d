"""The web process is as its own description says: whatever is sent, by whoever is allowed to, and by nobody."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any, cast
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test

from tests.fuzzing import times
from tests.unit.opendsr_rig import TOKEN
from tests.unit.served_rig import CODEC_TOKEN, Served, at, everything, now_claims, served
from tests.unit.web_rig import PASSPHRASE, REQUEST_ID, signature
from tests.vectors.make_drp import signed
from tests.vectors.make_opendsr import BODY, REF
from web.openapi_parts import FORM
from web.person.guard import FIELD

GATE = 10

RULED = ["2xx", "3xx", "400", "401", "403", "404", "409", "410", "422", "5xx"]
"""What a schema cannot say is refused as well: rights that belong together, dates, times, signatures, codes."""
REFUSED = ["400", "401", "403", "404", "405", "409", "410", "413", "415", "422", "5xx"]
"""What is wrong with a link that is used up is not looked at."""

CONFIG: dict[str, Any] = {
    "checks": {
        "positive_data_acceptance": {"expected-statuses": RULED},
        "negative_data_rejection": {"expected-statuses": REFUSED},
    },
    "operations": [
        {
            # A person is not told off for a form or a link with a part too many: the page comes, to be filled in.
            "include-path-regex": "^/(privacy|staff)",
            "checks": {"negative_data_rejection": {"enabled": False}},
        }
    ],
}

GOOD: dict[str, Callable[[int], Any]] = {
    "POST /v1/requests": lambda number: {"right": "delete", "person": {"email": f"{number}@person.test"}},
    "POST /v1/requests/{request_id}/confirmation": lambda _: {"code": "123456"},
    "POST /v1/downloads/{token}": lambda _: {"passphrase": PASSPHRASE},
    "POST /privacy/requests": lambda number: {"right": ["delete"], "email": f"{number}@person.test"},
    "POST /privacy/review": lambda number: {"right": ["delete"], "email": f"{number}@person.test"},
    "POST /privacy/find": lambda _: {"number": REQUEST_ID},
    "POST /privacy/opt-out": lambda number: {"email": f"{number}@person.test"},
    "POST /privacy/requests/{request_id}/code": lambda _: {"code": "123456"},
    "POST /privacy/requests/{request_id}/write": lambda number: {"message": f"words {number}", "form_id": f"{number}"},
    "POST /v2/requests": lambda _: BODY | {"subject_request_id": str(uuid4()), "submitted_time": at().isoformat()},
    "POST /v1/agent/{agent_id}": lambda number: signed(now_claims(nonce=number)),
    "POST /v1/data-rights-request": lambda number: signed(now_claims(**{"agent-request-id": str(number)})),
    "POST /v1/data-rights-request/": lambda number: signed(now_claims(**{"agent-request-id": str(number)})),
    "DELETE /v1/data-rights-request/{request_id}": lambda number: signed(now_claims(nonce=number)),
}
"""What goes through where a generated body would not."""

schema = schemathesis.openapi.from_dict(everything(), config=SchemathesisConfig.from_dict(CONFIG))
OPERATIONS: dict[str, Any] = {
    operation.label: operation
    for each in cast("list[Ok[Any]]", list(schema.get_all_operations()))
    if (operation := each.ok())
}
NUMBERS = itertools.count()
TURNS = itertools.count()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served")) as web:
        yield web


class Allowed(requests.auth.AuthBase):
    """Puts right what a generated request cannot have: a signature over its body, a token, a form's own token."""

    def __init__(self, running: Served) -> None:
        self._running = running

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        where = urlsplit(request.url or "").path
        if where.startswith("/v2/"):
            request.headers["Authorization"] = f"Bearer {TOKEN}"
        elif where.startswith(("/v1/agent", "/v1/data-rights")):
            request.headers["Authorization"] = f"Bearer {self._running.drp_token}"
        elif where.startswith("/codec"):
            request.headers["Authorization"] = f"Bearer {CODEC_TOKEN}"
        elif where.startswith("/v1/requests"):
            request.headers.update(signature(sent(request), f"msg-{next(NUMBERS)}"))
        elif where.startswith("/staff"):
            token, cookie = self._running.staff
            request.headers["Cookie"] = cookie
            if request.method == "POST" and not where.endswith("/evidence"):
                request.prepare_body(sent(request) + f"&{urlencode({FIELD: token})}".encode(), None)
                request.headers["Content-Type"] = FORM
        elif where.startswith("/privacy") and request.method == "POST":
            token, cookie = self._running.form
            request.prepare_body(sent(request) + f"&{urlencode({FIELD: token})}".encode(), None)
            request.headers["Content-Type"] = FORM
            request.headers["Cookie"] = cookie
        return request


def sent(request: requests.PreparedRequest) -> bytes:
    """A body, byte by byte."""
    body: Any = request.body or b""
    return body.encode() if isinstance(body, str) else bytes(body)


def helped(case: Any, running: Served) -> requests.auth.AuthBase | None:
    """Every other case of what may be right is about a request that there is, signed, by whoever may."""
    if case.meta.is_negative_at(ParameterLocation.HEADER):
        return None
    if next(TURNS) % 2:
        known = running.known | ({"request_id": REF} if case.path.startswith("/v1/data-rights") else {})
        if case.path_parameters and not case.meta.is_negative_at(ParameterLocation.PATH):
            case.path_parameters.update({name: known[name] for name in case.path_parameters.keys() & known})
        good = GOOD.get(case.operation.label)
        if good and not case.meta.is_negative_at(ParameterLocation.BODY):
            case.body = good(next(NUMBERS))
    return Allowed(running)


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_as_described(label: str, running: Served) -> None:
    """Its status, type, headers and content; what is wrong is refused, and nothing breaks."""
    load_all_checks()

    def one(case: Any) -> None:
        answer = case.call_and_validate(base_url=running.url, auth=helped(case, running))
        if answer.status_code == 200 and case.path.startswith("/v1/agent/") and case.method == "POST":
            running.drp_token = answer.json()["token"]  # the one before is dead

    tried = create_test(
        operation=OPERATIONS[label],
        test_func=one,
        config=HypothesisTestConfig(
            project=schema.config,
            modes=list(HypothesisTestMode),
            explicit_settings=settings(
                max_examples=times(GATE), deadline=None, suppress_health_check=list(HealthCheck), database=None
            ),
            seed=1,
        ),
    )
    tried()
