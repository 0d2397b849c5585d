"""Mailchimp's orders of many calls: worked off between two looks, and a gzipped tar of what came of each.

Known to differ: only a contact can be asked for or deleted for good; any other call in an order is 404.
"""

import hashlib
import io
import json
import re
import tarfile
import time
import uuid

from aiohttp import web

from standins.mailchimp_account import Account, Problem, State, missing, shown

CALL = re.compile(r"/lists/(?P<list>[^/]+)/members/(?P<member>[^/]+)(?P<forget>/actions/delete-permanent)?")
WAYS = ["pending", "started", "finalizing", "finished"]
MOST_WAITING = 500


class Orders:
    """The orders of one account. `seconds`: how long the address of a file of results is good."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._orders: dict[str, State] = {}
        self.seconds = 600.0

    async def start(self, request: web.Request) -> web.Response:
        """POST /batches."""
        body = await request.json()
        operations = body.get("operations")
        if not isinstance(operations, list) or not all(each.keys() >= {"method", "path"} for each in operations):
            raise Problem(400, "Invalid Resource", "operations must be an array of calls.")
        if sum(order["step"] < len(WAYS) - 1 for order in self._orders.values()) >= MOST_WAITING:
            raise Problem(429, "Too Many Requests", "There are 500 pending batches.")
        order: State = {"id": uuid.uuid4().hex[:10], "operations": operations, "step": 0, "results": []}
        self._orders[order["id"]] = order
        return self._said(request, order)

    async def status(self, request: web.Request) -> web.Response:
        """GET an order: at each look it is one step further."""
        order = self._order(request)
        order["step"] = min(order["step"] + 1, len(WAYS) - 1)
        if not order["results"] and WAYS[order["step"]] == "finalizing":
            order["results"] = [self._done(each) for each in order["operations"]]
        return self._said(request, order)

    async def end(self, request: web.Request) -> web.Response:
        """DELETE an order: it stops, and its results are gone."""
        del self._orders[self._order(request)["id"]]
        return web.Response(status=204)

    async def file(self, request: web.Request) -> web.Response:
        """GET a file of results: another host, which opens to the signature, for ten minutes, and to nothing else."""
        batch, expires = request.match_info["batch"], request.query.get("Expires", "0")
        if "Authorization" in request.headers:
            return web.Response(status=400, text="<Error><Code>InvalidArgument</Code></Error>")
        signed = request.query.get("Signature") == _signature(self._account.key, batch, expires)
        if not signed or batch not in self._orders or float(expires) < time.time():
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            content = json.dumps(self._orders[batch]["results"]).encode()
            member = tarfile.TarInfo(f"{batch}/results.json")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        return web.Response(body=packed.getvalue(), content_type="application/x-gzip")

    def _order(self, request: web.Request) -> State:
        if request.match_info["batch"] not in self._orders:
            raise missing()
        return self._orders[request.match_info["batch"]]

    def _done(self, operation: State) -> State:
        try:
            status, said = self._called(operation)
        except Problem as refused:
            status, said = refused.status, refused.body
        told = {"status_code": status, "operation_id": operation.get("operation_id")}
        return {**told, "response": json.dumps(said) if said else ""}

    def _called(self, operation: State) -> tuple[int, State]:
        asked = CALL.fullmatch(operation["path"])
        if asked is None or operation["method"] != ("POST" if asked["forget"] else "GET"):
            raise missing()
        member = self._account.member(asked["list"], asked["member"], by_hash_only=bool(asked["forget"]))
        if not asked["forget"]:
            return 200, shown(member)
        self._account.forget(member)
        return 204, {}

    def _said(self, request: web.Request, order: State) -> web.Response:
        finished = WAYS[order["step"]] == "finished"
        expires = str(time.time() + self.seconds)
        root = request.path.partition("/3.0/")[0]  # where the stand-in is mounted
        query = f"Expires={expires}&Signature={_signature(self._account.key, order['id'], expires)}"
        url = f"http://{request.host}{root}/batch-results/{order['id']}?{query}"
        return web.json_response(
            {
                "id": order["id"],
                "status": WAYS[order["step"]],
                "total_operations": len(order["operations"]),
                "finished_operations": len(order["results"]),
                "errored_operations": sum(each["status_code"] >= 400 for each in order["results"]),
                "submitted_at": "2026-01-15T12:00:00+00:00",
                "completed_at": "2026-01-15T12:01:00+00:00" if finished else "",
                "response_body_url": url if finished else "",
                "_links": [],
            }
        )


def _signature(key: str, batch: str, expires: str) -> str:
    return hashlib.sha256(f"{key}\n{batch}\n{expires}".encode()).hexdigest()
