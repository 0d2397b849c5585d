"""The rights beside deletion and access, through the real saga."""

from datetime import timedelta
from pathlib import Path

import pytest

from dsar.case import State, TaskState
from dsar.identity import Key
from dsar.policy import Category, Consent, OnDeletion, Policy
from dsar.records import Record
from dsar.requests import Right
from dsar.submission import Channel, Person, Submission
from dsar.wish import Detail, Wish
from intake.desk import Refused
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, DEPUTY, House, house, policy

ERASED = {"on_deletion": OnDeletion.ERASE}


def rules() -> Policy:
    """A policy with one category of each kind."""
    return policy().model_copy(
        update={
            "categories": {
                "newsletter": Category.model_validate({**ERASED, "marketing": True, "consent": "newsletter"}),
                "pixels": Category.model_validate({**ERASED, "shared": True}),
                "diets": Category.model_validate({**ERASED, "sensitive": True}),
                "projects": Category.model_validate(ERASED),
            },
            "consents": {"newsletter": Consent(words="sending the newsletter")},
        }
    )


def record(name: str, category: str) -> Record:
    return Record(id=name, category=category, matched=frozenset({Key.EMAIL}), label=f"the {name}")


def doubtful(name: str, category: str) -> Record:
    return Record(id=name, category=category, matched=frozenset({Key.NAME}))


def crm() -> FakeSystem:
    """A system that holds one record of each category."""
    return FakeSystem("crm", [record(name, name) for name in ("newsletter", "pixels", "diets", "projects")])


def asking(right: Right, **wish: object) -> Submission:
    return Submission(right=right, person=Person(email=ADA), wish=Wish.model_validate(wish))


@pytest.mark.parametrize(
    ("right", "wish", "suppressed", "restricted"),
    [
        (Right.OPT_OUT, {}, {"pixels"}, set()),
        (Right.LIMIT, {}, set(), {"diets"}),
        (Right.WITHDRAW, {"consents": ("newsletter",)}, {"newsletter"}, set()),
    ],
)
async def test_a_use_ends_without_proof_and_nothing_else_changes(
    tmp_path: Path, right: Right, wish: dict[str, object], suppressed: set[str], restricted: set[str]
) -> None:
    """An opt-out, a limit and a withdrawal wait for no code, and touch only what they are about."""
    async with house(tmp_path, system := crm(), rules=rules()) as at:
        receipt = await at.desk.submit(asking(right, **wish))

        closed = await at.ended(receipt)

        assert closed.ending == "complied"
        assert (system.suppressed, system.restricted) == (suppressed, restricted)
        assert len(system.records) == 4
        assert len(at.answers()) == 1
        assert not any("code" in subject.lower() for subject, _ in at.mail.to(ADA))


async def test_a_restriction_lasts_until_it_is_lifted_and_is_announced_first(tmp_path: Path) -> None:
    """Everything is kept and unused; the person is told before that ends, and then it is as it was."""
    async with house(tmp_path, system := crm(), rules=rules()) as at:
        receipt = await at.submit(Right.RESTRICT)
        await at.proved(receipt)
        await at.until(lambda: bool(at.answers()))
        assert len(system.restricted) == 4

        await at.env.sleep(timedelta(days=300))
        assert len(system.restricted) == 4
        assert await at.foundation.ledger.suppressions.count() == 1
        await at.desk.lift(receipt.request_id, by="lea", reason="the dispute is settled")
        letters = len(at.mail.to(ADA))
        closed = await at.ended(receipt)

        assert closed.ending == "complied"
        assert letters == 3  # acknowledged, answered, and told of the end
        assert await at.foundation.ledger.suppressions.count() == 0
        assert system.restricted == set()


async def test_a_system_that_is_down_keeps_no_other_restricted(tmp_path: Path) -> None:
    """The last one is down as the restriction ends: the others are used again at once, it as soon as it is back."""
    first, down = crm(), FakeSystem("books", [record("entry", "projects")])
    async with house(tmp_path, first, down, rules=rules()) as at:
        receipt = await at.submit(Right.RESTRICT)
        await at.proved(receipt)
        await at.stands(receipt, State.ANSWERED)
        down.down_for.add("restore")

        await at.desk.lift(receipt.request_id, by="lea", reason="the dispute is settled")
        await at.until(lambda: not first.restricted)
        waiting = set(down.restricted)
        down.down_for.clear()
        await at.ended(receipt)

        assert waiting == {"entry"}
        assert down.restricted == set()


async def test_what_was_restricted_by_hand_no_call_puts_back(tmp_path: Path) -> None:
    """Meanwhile they unsubscribed: they are made no subscriber again; who did it by hand is told that it has ended."""
    system = crm()
    system.can = system.can - {"restrict"}  # type: ignore[misc]
    async with house(tmp_path, system, rules=rules()) as at:
        receipt = await at.desk.submit(asking(Right.RESTRICT))
        await at.proved(receipt)
        await at.desk.resolve(await at.task(receipt, "act"), TaskState.DONE, by="lea")
        await at.until(lambda: len(at.answers()) == 1)
        await at.env.sleep(timedelta(days=200))

        await at.desk.lift(receipt.request_id, by="lea", reason="settled")
        undoing = await at.task(receipt, "act")
        words = (await at.desk.task(undoing)).instructions
        await at.desk.resolve(undoing, TaskState.DONE, by="lea")
        await at.ended(receipt)

        assert "still so, in:\n- Crm\n" in words
        assert not {"suppress", "restore"} & system.tried


async def test_what_is_not_restricted_cannot_be_lifted(tmp_path: Path) -> None:
    """Lifting is refused before the restriction stands, and for every other right."""
    async with house(tmp_path, crm(), rules=rules()) as at:
        restriction = await at.submit(Right.RESTRICT)
        deletion = await at.submit(Right.DELETE)

        for receipt in (restriction, deletion):
            with pytest.raises(Refused, match="restriction"):
                await at.desk.lift(receipt.request_id, by="lea", reason="settled")


async def test_an_objection_to_marketing_is_absolute_and_others_are_weighed(tmp_path: Path) -> None:
    """The newsletter ends at once; of the rest a person reads the grounds and decides."""
    async with house(tmp_path, system := crm(), rules=rules()) as at:
        receipt = await at.desk.submit(asking(Right.OBJECT, statement="I am being stalked"))
        await at.proved(receipt)
        task = await at.task(receipt, "decide")
        words = next(t.instructions for t in (await at.status(receipt)).tasks if t.id == task)
        await at.desk.resolve(task, TaskState.DONE, by="lea")

        await at.ended(receipt)

        assert "I am being stalked" in words
        assert system.suppressed == {"newsletter"}
        assert system.restricted == {"pixels", "diets", "projects"}


async def test_where_no_interface_can_end_a_use_a_person_does(tmp_path: Path) -> None:
    """A system that cannot suppress gets a task, and what the person says of it is what the answer says."""
    system = crm()
    system.can = system.can - {"suppress"}  # type: ignore[misc]
    async with house(tmp_path, system, rules=rules()) as at:
        receipt = await at.desk.submit(asking(Right.OPT_OUT))
        await at.desk.resolve(await at.task(receipt, "act"), TaskState.EXCEPTION, by="lea")

        closed = await at.ended(receipt)

        assert closed.ending == "partly"
        assert system.suppressed == set()


async def test_to_know_the_categories_copies_nothing(tmp_path: Path) -> None:
    """Who asks what kinds of data there are gets them named, and no package."""
    async with house(tmp_path, crm(), rules=rules()) as at:
        receipt = await at.desk.submit(asking(Right.KNOW, detail=Detail.CATEGORIES))
        await at.proved(receipt)

        closed = await at.ended(receipt)

        assert closed.ending == "complied"
        assert len(at.answers()) == 1
        assert "/v1/downloads/" not in at.answers()[0]


@pytest.mark.parametrize("said", [TaskState.DONE, TaskState.NOT_FOUND])
async def test_of_what_may_be_somebody_elses_only_what_a_person_confirms_is_named(
    tmp_path: Path, said: TaskState
) -> None:
    """Beside what is surely theirs, a record that only a name matches: its category is named, or it is not."""
    sprout = FakeSystem("sprout", [record("surely", "newsletter"), doubtful("maybe", "diets")])
    async with house(tmp_path, sprout, rules=rules()) as at:
        receipt = await at.desk.submit(
            Submission(right=Right.KNOW, person=Person(email=ADA, name="Ada"), wish=Wish(detail=Detail.CATEGORIES))
        )
        await at.proved(receipt)
        await at.desk.resolve(await at.task(receipt, "confirm"), said, by="lea")

        closed = await at.ended(receipt)

        assert closed.ending == "complied"
        assert "Newsletter" in at.answers()[0]
        assert ("Diets" in at.answers()[0]) is (said is TaskState.DONE)


async def test_an_appeal_goes_to_the_deputy_and_the_answer_says_what_they_decided(tmp_path: Path) -> None:
    """Somebody else than decided looks at it again, and has to say why."""
    async with house(tmp_path, crm(), rules=rules()) as at:
        first = await at.submit(Right.OPT_OUT)
        await at.ended(first)
        receipt = await at.desk.submit(asking(Right.APPEAL, about=first.request_id, statement="It is not so"))
        await at.proved(receipt)
        task = await at.task(receipt, "judge")

        with pytest.raises(Refused, match="note"):
            await at.desk.resolve(task, TaskState.EXCEPTION, by="dee")
        await at.desk.resolve(task, TaskState.EXCEPTION, by="dee", note="the record is not yours")
        closed = await at.ended(receipt)

        assert closed.ending == "refused"
        assert any("judge" not in subject and "appeal" in subject.lower() for subject, _ in at.mail.to(DEPUTY))
        assert any("the record is not yours" in body for _, body in at.mail.to(ADA))


async def test_a_complaint_is_a_persons_task_with_a_clock(tmp_path: Path) -> None:
    """A complaint waits for no proof, touches no system, and is answered in a person's words."""
    async with house(tmp_path, system := crm(), rules=rules()) as at:
        receipt = await at.desk.submit(asking(Right.COMPLAINT, statement="You charged me more after I opted out"))
        await at.desk.resolve(await at.task(receipt, "judge"), TaskState.DONE, by="lea", note="we paid it back")

        closed = await at.ended(receipt)

        assert closed.ending == "complied"
        assert system.asked_with == []


async def test_an_appeal_of_nothing_is_refused_at_the_door(tmp_path: Path) -> None:
    """An unknown request cannot be appealed, an unknown consent cannot be withdrawn: nothing is kept."""
    async with house(tmp_path, crm(), rules=rules()) as at:
        with pytest.raises(Refused, match="about"):
            await at.desk.submit(asking(Right.APPEAL, about="request-none", statement="s"))
        with pytest.raises(Refused, match="newsletter"):
            await at.desk.submit(asking(Right.WITHDRAW, consents=("catalogue",)))

        assert await at.foundation.ledger.requests.open() == []


async def both(at: House, *rights: Right) -> tuple[object, ...]:
    return await at.desk.submit(Submission(rights=rights, person=Person(email=ADA)))  # type: ignore[return-value]


async def test_several_rights_are_several_clocks_and_one_code(tmp_path: Path) -> None:
    """The opt-out is done at once; one code proves the others; the copy is made before anything is erased."""
    async with house(tmp_path, system := crm(), rules=rules()) as at:
        first = await at.desk.submit(
            Submission(rights=(Right.DELETE, Right.ACCESS, Right.OPT_OUT), person=Person(email=ADA))
        )
        deletion, (access, opt_out) = first, first.others
        await at.ended(opt_out)
        codes = [body for _, body in at.mail.to(ADA) if "\n    " in body and any(c.isdigit() for c in body)]
        await at.proved(access)
        await at.until(lambda: any("/v1/downloads/" in body for _, body in at.mail.to(ADA)))
        assert len(system.records) == 4

        closed = await at.ended(deletion)

        assert (deletion.right, access.right, opt_out.right) == (Right.DELETE, Right.ACCESS, Right.OPT_OUT)
        assert closed.ending == "complied"
        assert system.records == {}
        assert len(codes) >= 1
        assert opt_out.due < access.due


async def test_a_deletion_waits_for_a_copy_that_was_asked_for_before(tmp_path: Path) -> None:
    """Asked to erase while a copy is being made, the copy comes first, also across submissions."""
    async with house(tmp_path, system := crm(), rules=rules()) as at:
        access = await at.submit(Right.ACCESS)
        system.down_for.add("export")
        await at.proved(access)
        await at.until(lambda: "export" in system.tried)
        deletion = await at.submit(Right.DELETE)
        await at.proved(deletion)
        await at.env.sleep(timedelta(days=1))
        assert len(system.records) == 4

        system.down_for.clear()
        closed = await at.ended(deletion)

        assert closed.ending == "complied"
        assert any("/v1/downloads/" in body for body in at.answers())
        assert system.records == {}


async def test_what_nobody_proved_holds_up_nobody(tmp_path: Path) -> None:
    """Somebody else asks for a copy in her name, and never proves it: her own deletion does not wait for that."""
    async with house(tmp_path, system := crm(), rules=rules()) as at:
        await at.submit(Right.ACCESS)
        deletion = await at.submit(Right.DELETE)
        await at.proved(deletion)

        assert (await at.ended(deletion)).ending == "complied"
        assert system.records == {}


async def test_at_an_open_door_nobody_is_handed_anothers_request(tmp_path: Path) -> None:
    """Who types her address into the web form gets a number of their own: hers goes on, and is not theirs to see."""
    async with house(tmp_path, crm(), rules=rules()) as at:
        hers = await at.submit(Right.RESTRICT)
        code = await at.code(hers)
        web = Submission(right=Right.RESTRICT, person=Person(email=ADA), channel=Channel.WEB)
        theirs = await at.desk.submit(web)
        again = await at.desk.submit(web)

        assert len({hers.request_id, theirs.request_id, again.request_id}) == 3
        assert not theirs.joined
        await at.cancel(theirs)
        assert (await at.desk.confirm(hers.request_id, code)).verified
        await at.until(lambda: bool(at.answers()))


async def test_without_the_one_that_asked_for_the_code_the_other_asks_itself(tmp_path: Path) -> None:
    """The request that was to prove both is cancelled: the other sends a code of its own."""
    async with house(tmp_path, crm(), rules=rules()) as at:
        access = await at.desk.submit(Submission(rights=(Right.ACCESS, Right.RESTRICT), person=Person(email=ADA)))
        (restriction,) = access.others
        await at.code(access)

        await at.cancel(access)
        await at.attempts(restriction)
        await at.proved(restriction)

        await at.until(lambda: bool(at.answers()))


@pytest.mark.parametrize("detail", list(Detail))
@pytest.mark.parametrize("outcome", [TaskState.DONE, TaskState.NOT_FOUND])
async def test_where_only_a_person_can_look_nothing_is_claimed_before_they_did(
    tmp_path: Path, detail: Detail, outcome: TaskState
) -> None:
    """A system without an interface is a task; what is said of it is what the person who looked said."""
    books = FakeSystem("books", [record("by-hand", "projects")])
    books.can = books.can - {"export"}  # type: ignore[misc]
    async with house(tmp_path, crm(), books, rules=rules()) as at:
        receipt = await at.desk.submit(asking(Right.KNOW, detail=detail))
        await at.proved(receipt)
        await at.desk.resolve(await at.task(receipt, "act"), outcome, by="lea")

        closed = await at.ended(receipt)

        assert closed.ending == "complied"
        if detail is Detail.SPECIFIC:
            assert ("Books" in at.answers()[0]) is (outcome is TaskState.DONE)
        else:
            assert ("Found: 2 records" in at.answers()[0]) is (outcome is TaskState.DONE)
