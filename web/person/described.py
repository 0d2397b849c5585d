"""The person's pages as OpenAPI shows them: to read, and forms that only a browser that was shown them can send."""

from dataclasses import dataclass

from dsar.data_points import Point
from dsar.requests import Right
from web import problems
from web.doors import Described
from web.openapi_parts import FORM, STORED, Json, header, page, path, with_headers
from web.person import style
from web.problems import Kind

_REQUEST = "/privacy/requests/{request_id}"
_PERMISSION = "/privacy/permission/{request_id}/{token}"
_RIGHTS: Json = {"type": "array", "items": {"enum": [right.value for right in Right]}}
_TEXT: Json = {"type": "string"}
_BODY = (problems.TOO_SLOW, problems.TOO_LARGE, problems.UNSUPPORTED)
_ENGINE = (problems.CONFLICT, problems.ENGINE_DOWN)

_WORDS: dict[int, str] = {
    303: "Taken; the next page says more.",
    403: "Not from a form of ours that this browser was shown: nothing was done, and the form is there again.",
    410: "The receipt is no longer there.",
    422: "The form again, with what has to be mended.",
}


@dataclass(frozen=True)
class Leaf:
    """One page, or one form."""

    method: str
    path: str
    name: str
    summary: str
    answers: tuple[int, ...] = (200,)
    fails: tuple[Kind, ...] = ()
    fields: tuple[str, ...] | None = None
    """Of its form; `None`: it takes none."""
    query: tuple[tuple[str, Json], ...] = ()
    acts: bool = False
    """Whether it needs the form's token and the cookie that it goes with."""


LEAVES = (
    Leaf("get", "/privacy", "askStart", "Choose one right, or several.", query=(("right", _RIGHTS),)),
    Leaf("post", "/privacy", "askStartAgain", "The same, with what was entered.", (200,), fields=("right",)),
    Leaf(
        "get", "/privacy/details", "askDetails", "Say what each right needs, and who you are.", (200, 422),
        query=(("right", _RIGHTS),),
    ),
    Leaf("post", "/privacy/details", "askDetailsNext", "The same.", (200, 422), fields=("right",)),
    Leaf("post", "/privacy/review", "askReview", "Read it once more.", (200, 422), fields=("right", "email")),
    Leaf(
        "post", "/privacy/requests", "askSend", "Send it, once however often.", (303, 422),
        fields=("right", "email", "form_id"), acts=True,
    ),
    Leaf("get", "/privacy/sent", "askSent", "The receipt, for a quarter of an hour.", (200, 410)),
    Leaf("post", "/privacy/sent", "forgetReceipt", "The browser forgets the ticket.", (303,)),
    Leaf("get", "/privacy/find", "findRequest", "For who has only the number."),
    Leaf("post", "/privacy/find", "findRequestByNumber", "Lead to it.", (303, 422), fields=("number",)),
    Leaf(
        "get", _REQUEST, "followRequest", "Where a request stands.", (200,), (problems.NOT_FOUND,),
        query=(("note", _TEXT),),
    ),
    Leaf(
        "post", _REQUEST + "/code", "enterCode", "Enter the code.", (303, 422), (problems.NOT_FOUND, *_ENGINE),
        ("code", "ticket"), acts=True,
    ),
    Leaf(
        "get", _REQUEST + "/passphrase", "readPassphrase", "The passphrase, in the browser that entered the code.",
        (200, 303),
    ),
    Leaf(
        "post", _REQUEST + "/passphrase", "forgetPassphrase", "The browser forgets it.", (303,), fields=(), acts=True,
    ),
    Leaf(
        "post", _REQUEST + "/another-code", "askAnotherCode", "Have a fresh code sent to the address on file.",
        (303,), (problems.NOT_FOUND, *_ENGINE), (), acts=True,
    ),
    Leaf(
        "get", _REQUEST + "/proof", "askProof", "What we hold that the person can tell, and what they sign.",
        (200, 303), (problems.NOT_FOUND, problems.ENGINE_DOWN),
    ),
    Leaf(
        "post", _REQUEST + "/proof", "tellProof", "Tell it. The same follows, whether it was right or wrong.",
        (303, 422), (problems.NOT_FOUND, *_ENGINE), (*Point, "name", "declare"), acts=True,
    ),
    Leaf(
        "get", _REQUEST + "/cancel", "askCancel", "Whether it is meant.", (200, 303), (problems.NOT_FOUND,),
    ),
    Leaf(
        "post", _REQUEST + "/cancel", "cancelByPerson", "Take the request back.", (303,),
        (problems.NOT_FOUND, *_ENGINE), (), acts=True,
    ),
)  # fmt: skip

TALK = (
    Leaf(
        "get", _REQUEST + "/write", "readTalk", "What was said about a request, and a form to say more.", (200,),
        (problems.NOT_FOUND,), query=(("note", _TEXT),),
    ),
    Leaf(
        "post", _REQUEST + "/write", "writeToUs", "Say something about a request, or answer what we asked.",
        (303, 422), (problems.NOT_FOUND, *_ENGINE), ("message", "form_id"), acts=True,
    ),
)  # fmt: skip

PERMISSION = (
    Leaf("get", _PERMISSION, "askPermission", "Whether an agent has permission. Looking changes nothing."),
    Leaf(
        "post", _PERMISSION, "sayOfPermission", "Yes, or no: once.", (200,), (problems.NOT_FOUND, *_ENGINE),
        ("given", "to_agent"), acts=True,
    ),
)  # fmt: skip

OPT_OUT = (
    Leaf("get", "/privacy/opt-out", "optOut", "The form, with what the browser says by Sec-GPC."),
    Leaf(
        "post", "/privacy/opt-out", "optOutSend", "Opt out, with no proof of who asks.", (303, 422),
        (problems.CONFLICT,), ("email", "analytics", "form_id"), acts=True,
    ),
)  # fmt: skip


def described(*, opt_out: bool) -> Described:
    """All pages; `opt_out`: whether the policy offers it."""
    paths: Json = {style.ADDRESS: {"get": _sheet()}}
    for leaf in (*LEAVES, *TALK, *PERMISSION, *(OPT_OUT if opt_out else ())):
        item = paths.setdefault(leaf.path, {})
        if "{request_id}" in leaf.path:
            item["parameters"] = [path("request_id"), *([path("token")] if "{token}" in leaf.path else [])]
        item[leaf.method] = _operation(leaf)
    return Described(paths)


def _operation(leaf: Leaf) -> Json:
    posts = leaf.method == "post" and leaf.fields is not None
    statuses = {status: _answer(status) for status in (*leaf.answers, *((403,) if leaf.acts else ()))}
    for kind in (*leaf.fails, *(_BODY if posts else ()), *STORED):
        statuses.setdefault(kind.status, _told(kind))
    made: Json = {
        "operationId": leaf.name,
        "summary": leaf.summary,
        "responses": {str(status): answer for status, answer in sorted(statuses.items())},
    }
    if leaf.query:
        made["parameters"] = [{"name": name, "in": "query", "schema": schema} for name, schema in leaf.query]
    if posts:
        made["requestBody"] = {"required": True, "content": {FORM: {"schema": _form(leaf)}}}
    return made


def _form(leaf: Leaf) -> Json:
    """Its fields: what is missing or wrong is told on the page, so that none is required here but the token."""
    fields = {name: (_RIGHTS if name == "right" else _TEXT) for name in leaf.fields or ()}
    token = {"form_token": _TEXT | {"description": "From the page, with the cookie that came with it."}}
    return {"type": "object", "properties": fields | (token if leaf.acts else {})}


def _answer(status: int) -> Json:
    if status == 303:
        return {"description": _WORDS[status], "headers": {"Location": header("Where.")}}
    return _page(_WORDS.get(status, "The page."))


def _told(kind: Kind) -> Json:
    """A problem, as a page."""
    return with_headers(kind.status, _page(kind.title))


def _page(description: str) -> Json:
    told = page(description)
    told["headers"] |= {"Content-Language": header("The person's, or English.")}
    return told


def _sheet() -> Json:
    css = {"description": "The style sheet; its address changes with it.", "content": {"text/css": {"schema": _TEXT}}}
    return {"operationId": "styleSheet", "summary": "How the pages look.", "responses": {"200": css}}
