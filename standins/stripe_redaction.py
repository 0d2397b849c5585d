"""Stripe's redaction jobs, a preview: https://docs.stripe.com/api/privacy/redaction-job."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from standins.stripe_account import Account, Problem, missing
from standins.stripe_objects import State, listed

Form = Callable[[web.Request], Awaitable[State]]
HIDDEN = frozenset({"objects", "answered", "locked"})


class Redaction:
    """The jobs' routes, for accounts that are admitted to them and requests that name a preview version."""

    def __init__(self, account: Account, form: Form) -> None:
        self._account = account
        self._form = form

    def add_to(self, application: web.Application) -> None:
        """Serve the jobs."""
        add = application.router.add_route
        add("GET", "/v1/privacy/redaction_jobs", self.every)
        add("POST", "/v1/privacy/redaction_jobs", self.create)
        add("GET", "/v1/privacy/redaction_jobs/{job}", self.show)
        add("POST", "/v1/privacy/redaction_jobs/{job}/run", self.run)
        add("GET", "/v1/privacy/redaction_jobs/{job}/validation_errors", self.errors)

    async def create(self, request: web.Request) -> web.Response:
        """A new job, which validates itself; an object that is in another one already is refused."""
        self._admitted(request)
        form = await self._form(request)
        for kind, names in form["objects"].items():
            for name in names:
                self._account.thing(kind, name, kind)
                if not self._account.redaction["locks_late"] and self._locked(name):
                    raise Problem(400, f"{name} is already included in another redaction job.")
        job = {
            "id": f"prj_standin{len(self._account.jobs) + 1}",
            "object": "privacy.redaction_job",
            "created": 1700000000,
            "livemode": False,
            "status": "validating",
            "validation_behavior": form.get("validation_behavior", "error"),
            "objects": form["objects"],
            "locked": [name for names in form["objects"].values() for name in names if self._locked(name)],
            "answered": 0,
        }
        self._account.jobs[str(job["id"])] = job
        return _answer(job)

    async def every(self, request: web.Request) -> web.Response:
        """All jobs; what they are about only where that is asked for."""
        self._admitted(request)
        hidden = HIDDEN - ({"objects"} if request.query.get("expand[]") == "data.objects" else set())
        jobs = [{key: value for key, value in job.items() if key not in hidden} for job in self._account.jobs.values()]
        return web.json_response(listed(jobs, request.path))

    async def show(self, request: web.Request) -> web.Response:
        """A job, as far as it is by now."""
        job = self._job(request)
        if job["status"] == "validating":
            if job["answered"] >= self._account.redaction["validates_in"]:
                job["status"] = "failed" if self._wrong(job) else "ready"
            job["answered"] += 1
        return _answer(job)

    async def run(self, request: web.Request) -> web.Response:
        """Run a job that is ready. It cannot be stopped."""
        job = self._job(request)
        if job["status"] != "ready":
            raise Problem(400, f"This job is {job['status']} and cannot be run.")
        job["status"] = "redacting"
        if self._account.redaction["finishes"]:
            self._account.finish(job)
        return _answer(job)

    async def errors(self, request: web.Request) -> web.Response:
        """What keeps a job from running."""
        wrong = self._wrong(self._job(request))
        codes = dict.fromkeys(self._job(request).get("locked", []), "locked_by_other_job")
        said = [
            {
                "id": f"prjerr_{number}",
                "object": "privacy.redaction_job_validation_error",
                "code": codes.get(name, "invalid_state"),
                "erroring_object": {"id": name, "object_type": kind},
                "message": why,
            }
            for number, (kind, name, why) in enumerate(wrong, start=1)
        ]
        return web.json_response(listed(said, request.path))

    def _wrong(self, job: State) -> list[tuple[str, str, str]]:
        objects = self._account.redaction["objects"] | dict.fromkeys(job.get("locked", []), "It is in another job.")
        return [(kind, n, objects[n]) for kind, names in job["objects"].items() for n in names if n in objects]

    def _locked(self, name: str) -> bool:
        held = [job["objects"] for job in self._account.jobs.values() if job["status"] not in {"failed", "canceled"}]
        return any(name in names for objects in held for names in objects.values())

    def _job(self, request: web.Request) -> State:
        self._admitted(request)
        name = request.match_info["job"]
        if name not in self._account.jobs:
            raise missing("redaction job", name)
        return self._account.jobs[name]

    def _admitted(self, request: web.Request) -> None:
        if not self._account.redaction["admitted"] or not request.headers.get("Stripe-Version", "").endswith(
            ".preview"
        ):
            raise Problem(404, f"Unrecognized request URL ({request.method}: {request.path}).")


def _answer(job: State) -> web.Response:
    return web.json_response({key: value for key, value in job.items() if key not in HIDDEN})
