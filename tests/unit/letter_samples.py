"""One letter of each form, and more where a form has variants: everything that letters can say, said once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from dsar import letters
from dsar.agency import OF_A_CHILD, Age, Agent, Basis
from dsar.alarms import Alarm, AlarmKind
from dsar.answers import Answer, Download, answer
from dsar.letters import Head, Letter, WaitsFor
from dsar.outcomes import Result, Tally
from dsar.plans import Kept
from dsar.policy_check import parse_policy
from dsar.records import OutcomeKind
from dsar.requests import Regime, Right
from dsar.wish import Detail

POLICY = parse_policy(Path("policy.toml").read_text(encoding="utf-8"))
PUBLIC_URL = "https://privacy.opensession.example"
DAY = date(2026, 6, 19)
TITLES = {"news": "Mailchimp", "books": "Cloud storage (S3)"}
INVOICES = Kept(
    system="books",
    category="financial records and invoices",
    basis="tax and accounting law (26 CFR 1.6001-1)",
    until=date(2033, 1, 31),
    records=1_200,
)
KEPT = Tally(system="books", counts={OutcomeKind.RETAINED: 1_200}, kept=(INVOICES,))
DOWNLOAD = Download(url=f"{PUBLIC_URL}/v1/downloads/abcDEF123-_", until=date(2026, 7, 3))


def head(right: Right = Right.DELETE, regime: Regime | None = Regime.US_CA) -> Head:
    page = f"{PUBLIC_URL}/privacy/requests/request-0123abcd" if regime is Regime.US_CA else ""
    return Head(request_id="request-0123abcd", right=right, controller=POLICY.controller, regime=regime, page=page)


def result(*counts: tuple[OutcomeKind, int], reasons: tuple[str, ...] = ()) -> Result:
    """What came of a request in one system."""
    check = datetime(2026, 8, 1, 12, tzinfo=UTC) if any(kind is OutcomeKind.ACCEPTED for kind, _ in counts) else None
    return Result(tallies=(Tally(system="news", counts=dict(counts), reasons=reasons, check_after=check),))


def answered(right: Right, given: Result, regime: Regime | None = Regime.US_CA, **more: object) -> Answer:
    return answer(head(right, regime), given, TITLES, POLICY, **more)  # type: ignore[arg-type]


def of_answers(regime: Regime | None) -> Iterator[Answer]:
    """The answer to every right, done, refused, and with nothing found."""
    acts = {
        Right.DELETE: OutcomeKind.ERASED,
        Right.CORRECT: OutcomeKind.RECTIFIED,
        Right.LIMIT: OutcomeKind.RESTRICTED,
        Right.RESTRICT: OutcomeKind.RESTRICTED,
        Right.ACCESS: OutcomeKind.EXPORTED,
        Right.PORTABILITY: OutcomeKind.EXPORTED,
        Right.KNOW: OutcomeKind.TOLD,
    }
    for right in Right:
        act = acts.get(right, OutcomeKind.SUPPRESSED)
        facts = {
            "detail": Detail.CATEGORIES if right is Right.KNOW else Detail.SPECIFIC,
            "categories": {"marketing data": 3, "cookies and tracking": 1, "unheard of": 2},
            "consents": ("newsletter",),
            "decision": "We looked at it again.\n\nWe were wrong.",
            "download": DOWNLOAD if act is OutcomeKind.EXPORTED else None,
        }
        yield answered(right, result((act, 3)), regime, **facts)
        yield answered(right, Result(), regime)
        more = result((act, 1), (OutcomeKind.ACCEPTED, 2), (OutcomeKind.REFUSED, 3), (OutcomeKind.NEEDS_PERSON, 1))
        all_at_once = more.model_copy(update={"tallies": (*more.tallies, KEPT), "unreached": ("Notion",)})
        yield answered(right, all_at_once, regime, **facts)


def to_person(right: Right = Right.DELETE, regime: Regime | None = Regime.US_CA) -> Iterator[Letter]:
    """Every letter about one request, but its answer."""
    at = head(right, regime)
    also = (Right.ACCESS, Right.OPT_OUT)
    yield letters.Acknowledgement(head=at, answer_by=DAY, code="123456", also=also)
    yield letters.Acknowledgement(head=at, answer_by=DAY, code="123456", points=2, declaration=True)
    yield letters.Acknowledgement(head=at, answer_by=DAY, shared_with="request-4567cdef")
    yield letters.Acknowledgement(head=at, answer_by=DAY, shared_with="request-4567cdef", points=1)
    yield letters.Acknowledgement(head=at, answer_by=DAY, otherwise=True)
    yield letters.Acknowledgement(head=at, answer_by=DAY)
    yield from of_agents(at)
    yield letters.Disowned(head=at)
    yield letters.AddressMoved(head=at)
    yield letters.CoolingOff(head=at, until=DAY)
    yield letters.AnotherCode(head=at, code="654321")
    yield letters.AnotherCode(head=at, code="654321", first=True)
    yield letters.Extension(head=at, reason="many systems, and one of them is moving", answer_by=DAY)
    for waits_for in WaitsFor:
        yield letters.Pause(head=at, waits_for=waits_for, question="Which address did you use in 2021?", until=DAY)
    yield letters.Pause(head=at, waits_for=WaitsFor.PROOF, question="What is your customer number?")
    yield letters.Clarification(head=at, question="Which address did you use in 2021?", answer_by=DAY)
    yield letters.Resumed(head=at, answer_by=DAY)
    yield letters.Reply(head=at, answer="Yes: the second account is included.\n\nNothing else is open.")
    yield letters.Denial(head=at)
    yield letters.Refusal(head=at, reasons=("it repeats a request of last week", "nothing has changed since"))
    yield letters.Refusal(head=at, reasons=("it repeats a request of last week",))
    yield letters.Lift(head=at, reason="the accuracy of your data has been checked", on=DAY)
    yield letters.Lift(head=at, reason="the accuracy of your data has been checked")
    yield letters.Cancellation(head=at)
    yield letters.Release(head=at, records=1)
    yield letters.Release(head=at, records=1_200)


def of_agents(at: Head) -> Iterator[Letter]:
    """Whoever may ask for the person, on whatever they act, and however the person is heard."""
    url = f"{PUBLIC_URL}/privacy/permission/request-0123abcd/abcDEF123-_"
    for basis in Basis:
        for age in list(Age) if basis in OF_A_CHILD else [None]:
            agent = Agent(basis=basis, name="Ann's Agency", email="a@agency.example", child=age, answer_to_agent=True)
            own = agent.model_copy(update={"answer_to_agent": False})
            yield letters.AgentAsks(head=at, answer_by=DAY, agent=agent, code="123456", url=url, also=(Right.ACCESS,))
            yield letters.AgentAsks(head=at, answer_by=DAY, agent=own, code="1", url=url, points=2, declaration=True)
            yield letters.AgentAsks(head=at, answer_by=DAY, agent=own, url=url)
            yield letters.AgentAsks(head=at, answer_by=DAY, agent=own, shared_with="request-4567cdef")
            yield letters.AgentAsks(head=at, answer_by=DAY, agent=own)


def to_staff() -> Iterator[Letter]:
    """Every letter to our own people."""
    at = datetime(2026, 6, 18, 15, tzinfo=UTC)
    for kind, days_left in ((AlarmKind.WARNING, 15), (AlarmKind.ESCALATION, 1), (AlarmKind.LAST_DAY, 0)):
        alarm = Alarm(at=at, kind=kind, days_left=days_left)
        yield letters.AlarmRings(request_id="request-0123abcd", right=Right.DELETE, alarm=alarm, due=DAY, safe=DAY)
    yield letters.Fraud(request_id="request-0123abcd", right=Right.DELETE)
    task = "request-0123abcd.1"
    yield letters.TaskOpened(request_id="request-0123abcd", task_id=task, title="Decide in Notion", due=DAY)
    page = f"{PUBLIC_URL}/staff/tasks/{task}"
    yield letters.TaskOpened(request_id="request-0123abcd", page=page, task_id=task, title="Is it right?", due=DAY)
    records = {"marketing data": 3, "contact information and communications": 1_200}
    yield letters.Proposal(request_id="sweep-1", system="Mailchimp", records=records, task_id="sweep-1.1")
    yield letters.Proposal(request_id="sweep-1", system="Mailchimp", records={"marketing data": 1})


def all_letters() -> Iterator[Letter]:
    """Everything, under California's law."""
    yield from to_person()
    yield from of_answers(Regime.US_CA)
    yield from to_staff()
