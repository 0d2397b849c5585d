"""The pages for our own people as OpenAPI shows them. All but one lead whoever is not signed in to where they can."""

from dataclasses import dataclass

from dsar.submission import Person
from web import problems
from web.doors import Described
from web.openapi_parts import FORM, STORED, Json, header, page, path, with_headers
from web.problems import Kind
from web.staff import entering, overview, plan, request, signing_in, task
from web.staff.sessions import SIGN_IN
from web.staff.upload import MULTIPART

_TEXT: Json = {"type": "string"}
_BODY = (problems.TOO_SLOW, problems.TOO_LARGE, problems.UNSUPPORTED)
_ORDER = (problems.NOT_FOUND, problems.CONFLICT, problems.ENGINE_DOWN)

_WORDS: dict[int, str] = {
    303: "Taken, or nobody is signed in; the next page says which.",
    403: "Not from a form of ours that this browser was shown, or not signed in: nothing was done.",
    422: "The form again, with what has to be mended.",
    429: "Too many wrong passwords: none is looked at for a quarter of an hour.",
}


@dataclass(frozen=True)
class Leaf:
    """One page, or one form."""

    method: str
    path: str
    name: str
    summary: str
    answers: tuple[int, ...] = (200, 303)
    fails: tuple[Kind, ...] = ()
    fields: tuple[str, ...] | None = None
    """Of its form; `None`: it takes none."""
    file: bool = False
    """Whether one of them is a file, named `file`."""


def _order(of: str, what: str, name: str, summary: str, *fields: str, file: bool = False) -> Leaf:
    fails = (*_ORDER, problems.UNUSABLE) if file else _ORDER
    return Leaf("post", f"{of}/{what}", name, summary, (303, 403, 422), fails, fields, file)


LEAVES = (
    Leaf("get", SIGN_IN, "staffSignInForm", "Name and password.", (200,)),
    Leaf("post", SIGN_IN, "staffSignIn", "Sign in.", (303, 403, 429), fields=("name", "password")),
    Leaf("post", signing_in.SIGN_OUT, "staffSignOut", "Sign out.", (303,), fields=()),
    Leaf("get", "/staff", "staffOverview", "What is due, without personal data.", fails=(problems.ENGINE_DOWN,)),
    Leaf("get", overview.FIND, "staffFind", "Lead to a request, by `number`.", (303, 422), (problems.ENGINE_DOWN,)),
    Leaf("get", task.PAGE, "staffTask", "One task: personal data.", fails=_ORDER),
    _order(task.PAGE, "resolve", "staffResolve", "Finish it.", "outcome", "note"),
    _order(task.PAGE, "pass-on", "staffPassOn", "Somebody else is to do it.", "to"),
    _order(task.PAGE, "evidence", "staffAttach", "Seal evidence.", file=True),
    Leaf("get", request.PAGE, "staffRequest", "One request.", fails=(problems.NOT_FOUND, problems.ENGINE_DOWN)),
    _order(request.PAGE, "extend", "staffExtend", "Take the longer period.", "extend_reason"),
    _order(request.PAGE, "ask", "staffAsk", "Ask the person something.", "ask_what", "question"),
    _order(request.PAGE, "received", "staffReceived", "What was asked for has come.", "receive_what"),
    _order(request.PAGE, "cancel", "staffCancel", "Take it back.", "cancel_reason"),
    _order(request.PAGE, "lift", "staffLift", "End a restriction.", "lift_reason"),
    _order(request.PAGE, "approve", "staffApprove", "Let the plans run that the page showed.", "task"),
    Leaf("get", plan.PAGE, "staffPlan", "One system's plan: personal data.", fails=_ORDER),
    Leaf("get", entering.PAGE, "staffEnterForm", "Enter a request."),
    Leaf(
        "post", entering.PAGE, "staffEnter", "Take it in; the receipt, with its ticket.", (200, 303, 403, 422),
        (problems.CONFLICT, problems.UNAVAILABLE, problems.ENGINE_DOWN),
        ("right", "channel", "received", *Person.model_fields, "form_id"),
    ),
)  # fmt: skip


def described() -> Described:
    """All of them."""
    paths: Json = {}
    for leaf in LEAVES:
        item = paths.setdefault(leaf.path, {})
        names = (name for name in ("request_id", "task_id", "system") if f"{{{name}}}" in leaf.path)
        if parameters := [path(name) for name in names]:
            item["parameters"] = parameters
        item[leaf.method] = _operation(leaf)
    return Described(paths)


def _operation(leaf: Leaf) -> Json:
    posts = leaf.fields is not None
    statuses = {status: _answer(status) for status in leaf.answers}
    for kind in (*leaf.fails, *(_BODY if posts else ()), *STORED):
        statuses.setdefault(kind.status, with_headers(kind.status, _page(kind.title)))
    made: Json = {
        "operationId": leaf.name,
        "summary": leaf.summary,
        "responses": {str(status): answer for status, answer in sorted(statuses.items())},
    }
    if posts:
        made["requestBody"] = {"required": True, "content": {MULTIPART if leaf.file else FORM: {"schema": _form(leaf)}}}
    return made


def _form(leaf: Leaf) -> Json:
    """Its fields: what is missing or wrong is told on the page, so that none is required here."""
    token = {"form_token": _TEXT | {"description": "From the page, with the cookie that came with it."}}
    file = {"file": {"type": "string", "format": "binary"}} if leaf.file else {}
    return {"type": "object", "properties": dict.fromkeys(leaf.fields or (), _TEXT) | file | token}


def _answer(status: int) -> Json:
    if status == 303:
        return {"description": _WORDS[status], "headers": {"Location": header("Where.")}}
    answer = _page(_WORDS.get(status, "The page."))
    return answer if status != 429 else answer | {"headers": answer["headers"] | {"Retry-After": header("Seconds.")}}


def _page(description: str) -> Json:
    told = page(description)
    told["headers"] |= {"Content-Language": header("English.")}
    return told
