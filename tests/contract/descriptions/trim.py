"""Trims a vendor's OpenAPI 3.0 description to the operations that are used, so that it can lie in the repository.

    python tests/contract/descriptions/trim.py stripe spec3.json > tests/contract/descriptions/stripe-2023-08-16.json
    python tests/contract/descriptions/trim.py klaviyo stable.json > tests/contract/descriptions/klaviyo-2026-07-15.json

What is left out: other operations, texts, examples, vendors' own `x-` fields, things that an answer holds whole only
where that is asked for (their ids stay), and the particulars of ways to pay that no test plants. `nullable` becomes the
`null` of JSON Schema. Nothing else is changed. README.md beside this says where the originals are, and their licences.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STRIPE = (
    ("get", r"/v1/customers(/search|/\{customer\}(/payment_methods|/tax_ids)?)?"),
    ("post", r"/v1/customers/\{customer\}"),
    ("delete", r"/v1/customers/\{customer\}"),
    ("get", r"/v1/(charges|invoices|payment_intents|checkout/sessions|subscriptions|disputes)(/\{\w+\})?"),
    ("get", r"/v1/invoices/\{invoice\}/lines"),
    ("get", r"/v1/checkout/sessions/\{session\}/line_items"),
)
KLAVIYO = (
    ("get", r"/api/profiles"),
    ("get", r"/api/profiles/\{id\}(/lists|/segments)?"),
    ("patch", r"/api/profiles/\{id\}"),
    ("get", r"/api/events"),
    ("post", r"/api/data-privacy-deletion-jobs"),
    ("post", r"/api/profile-suppression-bulk-(create|delete)-jobs"),
    ("get", r"/api/profile-suppression-bulk-(create|delete)-jobs/\{job_id\}"),
)
USED = {"stripe": STRIPE, "klaviyo": KLAVIYO}

KEPT_OF_INFO = ("title", "version", "termsOfService", "license")
WHOLE = frozenset({"customer", "deleted_customer"})
"""What tests ask to be held whole, where otherwise an id stands."""
FORMS = {"/v1/customers/{customer}": ("address", "description", "email", "metadata", "name", "phone")}
"""The fields of forms that are used."""
LEFT_OPEN = re.compile(
    r"source_type_.*|payment_method_details(?!_card$)_.*|payment_method_(?!card$|details$).*"
    r"|payment_intent_(payment_method_options|next_action).*|checkout_.*_options.*|source_(?!$).*|setup_intent.*"
    r"|payment_pages_checkout_session_shipping_address_collection|account.*|price|product.*|plan.*|coupon.*"
    r"|SegmentDefinition|.*Filter|.*Condition"
    r"|mandate_.*|subscriptions_resource_payment.*|subscription_payment_method_options.*|invoice_payment_method_options.*"
    r"|invoices_payment_method_options|line_items_.*|issuing_.*|balance_transaction|refund.*|person.*|external_account.*"
)
"""Schemas that become any object at all."""
TEXTS = frozenset({"title", "example", "examples", "externalDocs", "tags", "summary", "security"})


def trimmed(document: dict[str, Any], used: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """The operations that are used, and the components that they lead to."""
    paths: dict[str, Any] = {}
    for path, operations in document["paths"].items():
        for method, pattern in used:
            if method in operations and re.fullmatch(pattern, path):
                operation = clean(operations[method])
                _only_used_fields(path, operation)
                paths.setdefault(path, {})[method] = operation
    components: dict[str, dict[str, Any]] = {}
    wanted = list(references(paths))
    while wanted:
        _, _, group, name = wanted.pop().split("/")
        if name not in components.setdefault(group, {}):
            found = {"type": "object"} if LEFT_OPEN.fullmatch(name) else clean(document["components"][group][name])
            components[group][name] = found
            wanted += references(found)
    info = {key: document["info"][key] for key in KEPT_OF_INFO if key in document["info"]}
    return {"openapi": document["openapi"], "info": info, "paths": paths, "components": components}


def clean(node: Any) -> Any:
    """Without texts and vendors' own fields, ids for what is only held whole on demand, `null` for `nullable`."""
    if isinstance(node, list):
        return [clean(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {key: _cleaned(key, value) for key, value in node.items() if _is_kept(key, value)}
    if any(each.get("type") == "string" for each in found.get("anyOf", [])):
        found["anyOf"] = [
            each for each in found["anyOf"] if "$ref" not in each or each["$ref"].rpartition("/")[2] in WHOLE
        ]
    return {"anyOf": [found, {"type": "null"}]} if node.get("nullable") is True else found


def _cleaned(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: clean(schema) for name, schema in value.items()}
    return clean(value)


def _is_kept(key: str, value: Any) -> bool:
    return not (key.startswith("x-") or key in TEXTS or key == "nullable" or (key == "description" and value != {}))


def _only_used_fields(path: str, operation: dict[str, Any]) -> None:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if path in FORMS and "properties" in content["schema"]:
            properties = content["schema"]["properties"]
            content["schema"]["properties"] = {name: properties[name] for name in FORMS[path] if name in properties}
            content.pop("encoding", None)


def references(node: Any) -> Iterator[str]:
    """Every component that a part of the description names."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def in_lines(document: dict[str, Any]) -> str:
    """As JSON with a line for each path and each component, so that what changed can be seen."""
    groups = {f'"{name}"': group for name, group in document["components"].items()}
    parts = [f'"{key}": {json.dumps(document[key])}' for key in ("openapi", "info")]
    parts.append(f'"paths": {_block(document["paths"])}')
    components = ",\n".join(f"{name}: {_block(group)}" for name, group in groups.items())
    return "{\n" + ",\n".join([*parts, f'"components": {{\n{components}\n}}']) + "\n}\n"


def _block(things: dict[str, Any]) -> str:
    lines = [f"{json.dumps(name)}: {json.dumps(thing)}" for name, thing in sorted(things.items())]
    return "{\n" + ",\n".join(lines) + "\n}"


if __name__ == "__main__":
    vendor, source = sys.argv[1:]
    sys.stdout.write(in_lines(trimmed(json.loads(Path(source).read_text(encoding="utf-8")), USED[vendor])))
