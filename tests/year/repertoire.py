"""All the kinds of stories, with how often each is told among four hundred requests."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from dsar.case import Ending, TaskKind, TaskState
from dsar.correction import Change, Field
from dsar.requests import Regime, Right
from dsar.submission import Channel
from dsar.waiting import Subject
from dsar.wish import Detail
from tests.year.stories import Act, Deed, Household, Kind, Tell, days

CHANNELS = (Channel.WEB, Channel.WEBHOOK, Channel.EMAIL, Channel.PHONE, Channel.STAFF)
COPIES = (Right.KNOW, Right.ACCESS, Right.PORTABILITY)
LAWS: tuple[tuple[Regime, str | None, str | None], ...] = (
    (Regime.US_CA, None, None),
    (Regime.US_CA, None, "America/New_York"),
    (Regime.US_CA, None, "Asia/Tokyo"),
    (Regime.EU, "DE-BY", "Europe/Berlin"),
    (Regime.EU, "FR", "Europe/Paris"),
    (Regime.UK, "GB-ENG", "Europe/London"),
    (Regime.US_VA, None, None),
    (Regime.US_CO, None, None),
    (Regime.BR, None, "America/Sao_Paulo"),
    (Regime.CA, None, None),
    (Regime.POLICY, None, None),
)
AMERICAN = (Regime.US_VA, Regime.US_CO, Regime.US_CT, Regime.US_TX, Regime.US_DE)
EUROPEAN: tuple[tuple[Regime, str], ...] = ((Regime.EU, "DE-BY"), (Regime.EU, "FR"), (Regime.UK, "GB-ENG"))
PHONE = (Change(field=Field.PHONE, value="+1 555 0199"),)
ADDRESS = (Change(field=Field.EMAIL, value="canary.new@example.com"),)


def _anywhere(chance: Random, kind: Kind) -> Kind:
    regime, region, zone = chance.choice(LAWS)
    return replace(kind, regime=regime, region=region, zone=zone, channel=chance.choice(CHANNELS))


def _in_europe(chance: Random, kind: Kind) -> Kind:
    regime, region = chance.choice(EUROPEAN)
    return replace(kind, regime=regime, region=region)


def _code(chance: Random, most: float = 9) -> Deed:
    return Deed(Act.CODE, after=days(chance, 0.01, most))


def _copy(chance: Random) -> Kind:
    home = Household(invoice_years=chance.choice(((), (2,), (1, 3))), designs=chance.random() < 0.3)
    right = chance.choice(COPIES)
    return _anywhere(chance, Kind((right,), (Ending.COMPLIED,), (_code(chance),), home))


def _categories(chance: Random) -> Kind:
    wish = {"detail": Detail.CATEGORIES}
    return Kind((Right.KNOW,), (Ending.COMPLIED,), (_code(chance, 30),), wish=wish)


def _nothing_held(chance: Random) -> Kind:
    right = chance.choice((*COPIES, Right.DELETE))
    return _anywhere(chance, Kind((right,), (Ending.NOTHING_FOUND,), (_code(chance),), Household(known=False)))


def _by_number(chance: Random) -> Kind:
    """Known by a number only: the address on file is looked up."""
    kind = Kind((chance.choice(COPIES),), (Ending.COMPLIED,), (_code(chance),), claims=("customer_id",))
    return _anywhere(chance, kind)


def _erased(chance: Random) -> Kind:
    return _anywhere(chance, Kind((Right.DELETE,), (Ending.COMPLIED,), (_code(chance),)))


def _erased_slowly(chance: Random) -> Kind:
    return Kind((Right.DELETE,), (Ending.COMPLIED,), (_code(chance, 30),), Household(slow="news"))


def _kept(chance: Random) -> Kind:
    home = Household(invoice_years=(chance.randint(1, 4),))
    return _anywhere(chance, Kind((Right.DELETE,), (Ending.PARTLY,), (_code(chance),), home))


def _kept_for_a_while(chance: Random) -> Kind:
    """The law's seven years are over within months: the hold erases what it kept."""
    return Kind((Right.DELETE,), (Ending.PARTLY,), (_code(chance, 20),), Household(invoice_years=(6,)))


def _designs_go(chance: Random) -> Kind:
    return Kind((Right.DELETE,), (Ending.COMPLIED,), (_code(chance, 25),), Household(designs=True))


def _designs_stay(chance: Random) -> Kind:
    says = {TaskKind.DECIDE: TaskState.EXCEPTION}
    return Kind((Right.DELETE,), (Ending.PARTLY,), (_code(chance, 25),), Household(designs=True), says=says)


def _namesake(chance: Random) -> Kind:
    """A record that only a name leads to: theirs, or somebody else's."""
    says = {TaskKind.CONFIRM: chance.choice((TaskState.DONE, TaskState.NOT_FOUND))}
    home, claims = Household(namesake=True), ("email", "name")
    right = chance.choice((Right.DELETE, Right.ACCESS))
    return Kind((right,), (Ending.COMPLIED,), (_code(chance, 20),), home, claims=claims, says=says)


def _never_answers(chance: Random) -> Kind:
    right = chance.choice((*COPIES, Right.DELETE, Right.RESTRICT, Right.OBJECT))
    kind = Kind((right,), (Ending.DENIED_UNVERIFIED,))
    return _in_europe(chance, kind) if right in {Right.RESTRICT, Right.OBJECT} else _anywhere(chance, kind)


def _mistyped(chance: Random) -> Kind:
    deeds = (
        Deed(Act.WRONG_CODES, after=days(chance, 0.1, 3)),
        Deed(Act.ANOTHER_CODE, after=days(chance, 4, 5)),
        Deed(Act.CODE, after=days(chance, 6, 9)),
    )
    return _anywhere(chance, Kind((chance.choice(COPIES),), (Ending.COMPLIED,), deeds))


def _guesses(chance: Random) -> Kind:
    """Somebody tries every code they can get, and gets nothing."""
    deeds = tuple(Deed(act, after=days(chance, 1 + n, 1.5 + n)) for n, act in enumerate(_GUESSES))
    return Kind((chance.choice((Right.ACCESS, Right.DELETE)),), (Ending.DENIED_UNVERIFIED,), deeds)


_GUESSES = (Act.WRONG_CODES, Act.ANOTHER_CODE) * 2 + (Act.WRONG_CODES,)


def _unknown(_: Random) -> Kind:
    says = {TaskKind.REACH: TaskState.EXCEPTION}
    home, ends = Household(known=False), (Ending.DENIED_UNVERIFIED,)
    return Kind((Right.ACCESS,), ends, household=home, claims=("customer_id",), says=says, unreached=True)


def _reached(_: Random) -> Kind:
    home, ends = Household(known=False), (Ending.NOTHING_FOUND,)
    return Kind((Right.ACCESS,), ends, household=home, claims=("customer_id",), unreached=True)


def _opts_out(chance: Random) -> Kind:
    right = chance.choice((Right.OPT_OUT, Right.OPT_OUT, Right.LIMIT))
    return Kind((right,), (Ending.COMPLIED,), channel=chance.choice(CHANNELS))


def _opts_out_unknown(_: Random) -> Kind:
    return Kind((Right.OPT_OUT,), (Ending.NOTHING_FOUND,), household=Household(known=False))


def _takes_consent_back(chance: Random) -> Kind:
    kind = Kind((Right.WITHDRAW,), (Ending.COMPLIED,), wish={"consents": ("newsletter",)})
    return _anywhere(chance, kind)


def _restricted(chance: Random) -> Kind:
    return _in_europe(chance, Kind((Right.RESTRICT,), (Ending.COMPLIED,), (_code(chance),)))


def _restricted_for_a_while(chance: Random) -> Kind:
    deeds = (_code(chance), Deed(Act.LIFT, after=days(chance, 40, 120)))
    return _in_europe(chance, Kind((Right.RESTRICT,), (Ending.COMPLIED,), deeds))


def _objects(chance: Random) -> Kind:
    wish, outweighed = {"statement": "canary: I am being stalked"}, chance.random() < 0.3
    says = {TaskKind.DECIDE: TaskState.EXCEPTION} if outweighed else {}
    ends = (Ending.PARTLY if outweighed else Ending.COMPLIED,)
    return _in_europe(chance, Kind((Right.OBJECT,), ends, (_code(chance),), wish=wish, says=says))


def _corrected(chance: Random) -> Kind:
    kind = Kind((Right.CORRECT,), (Ending.COMPLIED,), (_code(chance),), wish={"changes": PHONE})
    return _anywhere(chance, kind)


def _corrected_address(chance: Random) -> Kind:
    """The address on file is what is wrong: a person makes sure who asks."""
    return _anywhere(chance, Kind((Right.CORRECT,), (Ending.COMPLIED,), wish={"changes": ADDRESS}))


def _not_corrected(chance: Random) -> Kind:
    says = {TaskKind.JUDGE: TaskState.EXCEPTION}
    kind = Kind((Right.CORRECT,), (Ending.REFUSED,), (_code(chance),), wish={"changes": PHONE}, says=says)
    return _anywhere(chance, kind)


def _appeals(chance: Random) -> Kind:
    """Refused, and looked at again by somebody else."""
    deeds = (_code(chance, 10), Deed(Act.APPEAL, after=days(chance, 46, 70)))
    return Kind(
        (Right.CORRECT,),
        (Ending.REFUSED,),
        deeds,
        regime=chance.choice(AMERICAN),
        wish={"changes": PHONE},
        says={TaskKind.JUDGE: TaskState.EXCEPTION},
        appeal_says=chance.choice((TaskState.DONE, TaskState.EXCEPTION)),
    )


def _complains(chance: Random) -> Kind:
    regime, region = chance.choice(((Regime.UK, "GB-ENG"), (Regime.US_CA, None), (Regime.POLICY, None)))
    unfounded = chance.random() < 0.4
    return Kind(
        (Right.COMPLAINT,),
        (Ending.REFUSED if unfounded else Ending.COMPLIED,),
        regime=regime,
        region=region,
        wish={"statement": "canary: you charged me more after I opted out"},
        says={TaskKind.JUDGE: TaskState.EXCEPTION} if unfounded else {},
    )


def _changes_their_mind(chance: Random) -> Kind:
    right = chance.choice((Right.DELETE, Right.ACCESS, Right.CORRECT))
    wish = {"changes": PHONE} if right is Right.CORRECT else {}
    kind = Kind((right,), (Ending.CANCELLED,), (Deed(Act.CANCEL, after=days(chance, 1, 9)),), wish=wish)
    return _anywhere(chance, kind)


def _stops_the_erasure(chance: Random) -> Kind:
    """In the last hours in which nothing irreversible has happened yet."""
    at = days(chance, 1, 9)
    deeds = (Deed(Act.CODE, after=at), Deed(Act.CANCEL, after=at + timedelta(hours=5)))
    return Kind((Right.DELETE,), (Ending.CANCELLED,), deeds)


def _takes_longer(chance: Random) -> Kind:
    """A system cannot be asked about this person for two months; the person is told in time, and why."""
    deeds = (_code(chance, 5), Deed(Act.EXTEND, after=days(chance, 10, 25)))
    home = Household(stuck=("news", timedelta(days=55)))
    kind = Kind((chance.choice((Right.ACCESS, Right.DELETE)),), (Ending.COMPLIED,), deeds, home)
    if chance.random() < 0.5:
        return _in_europe(chance, kind)
    return replace(kind, regime=chance.choice((Regime.US_CA, *AMERICAN)))


def _answered_without(chance: Random) -> Kind:
    """A system cannot be asked in time, nobody extends: the answer goes out without it, and says so."""
    right = chance.choice((Right.ACCESS, Right.DELETE, Right.OPT_OUT))
    deeds = () if right is Right.OPT_OUT else (_code(chance, 12),)
    return Kind((right,), (Ending.PARTLY,), deeds, Household(stuck=("news", timedelta(days=120))))


def _not_corrected_everywhere(chance: Random) -> Kind:
    home, wish = Household(stuck=("news", timedelta(days=80))), {"changes": PHONE}
    return Kind((Right.CORRECT,), (Ending.REFUSED,), (_code(chance, 10),), home, wish=wish)


def _asked_back(chance: Random) -> Kind:
    """What they mean is asked, or who they are: the law may stop the clock, the safe date never does."""
    about = chance.choice(tuple(Subject))
    deeds = [Deed(Act.ASK, after=days(chance, 0.5, 2), about=about)]
    if chance.random() < 0.7:
        deeds.append(Deed(Act.RECEIVE, after=days(chance, 3, 20), about=about))
    deeds.append(Deed(Act.CODE, after=days(chance, 21, 24)))
    right = chance.choice((Right.ACCESS, Right.DELETE, Right.PORTABILITY))
    return _in_europe(chance, Kind((right,), (Ending.COMPLIED,), tuple(deeds)))


def _asked_back_for_nothing(chance: Random) -> Kind:
    """Asked what they mean, they never answer anything."""
    deeds = (Deed(Act.ASK, after=days(chance, 0.5, 2), about=chance.choice(tuple(Subject))),)
    return _in_europe(chance, Kind((Right.ACCESS,), (Ending.DENIED_UNVERIFIED,), deeds))


def _several(chance: Random) -> Kind:
    rights = (Right.DELETE, chance.choice((Right.ACCESS, Right.KNOW)), Right.OPT_OUT)
    return Kind(rights, (Ending.COMPLIED,) * 3, (_code(chance, 20),))


def _several_unproved(_: Random) -> Kind:
    """One of them needs no proof and is done; the others wait for a code that nobody enters."""
    ends = (Ending.DENIED_UNVERIFIED, Ending.DENIED_UNVERIFIED, Ending.COMPLIED)
    return Kind((Right.DELETE, Right.ACCESS, Right.LIMIT), ends)


def _no_copy_after_all(chance: Random) -> Kind:
    """Who was to prove both is cancelled: the other sends a code of its own."""
    deeds = (Deed(Act.CANCEL, after=days(chance, 1, 3)), Deed(Act.CODE, after=days(chance, 4, 12)))
    return _in_europe(chance, Kind((Right.ACCESS, Right.RESTRICT), (Ending.CANCELLED, Ending.COMPLIED), deeds))


def _asks_twice(chance: Random) -> Kind:
    deeds = (Deed(Act.AGAIN, after=days(chance, 0.1, 4)), Deed(Act.CODE, after=days(chance, 5, 9)))
    kind = _anywhere(chance, Kind((chance.choice((Right.ACCESS, Right.DELETE)),), (Ending.COMPLIED,), deeds))
    return replace(kind, channel=chance.choice((Channel.EMAIL, Channel.PHONE, Channel.STAFF)))


def _on_paper(chance: Random) -> Kind:
    right = chance.choice((Right.ACCESS, Right.DELETE, Right.OPT_OUT))
    deeds = () if right is Right.OPT_OUT else (_code(chance, 9),)
    late = days(chance, 2, 8)
    return Kind((right,), (Ending.COMPLIED,), deeds, channel=Channel.POST, on_paper=late)


def _last_hours(chance: Random) -> Kind:
    """Proved when the safe date is about to close."""
    deeds = (Deed(Act.CODE, before_safe=days(chance, 0.02, 0.42)),)
    return _anywhere(chance, Kind((chance.choice(COPIES),), (Ending.COMPLIED,), deeds))


def _last_days(chance: Random) -> Kind:
    """Proved in the last days, so that what is irreversible has its pause before the safe date closes."""
    deeds = (Deed(Act.CODE, before_safe=days(chance, 1.1, 2.5)),)
    return _anywhere(chance, Kind((Right.DELETE,), (Ending.COMPLIED,), deeds))


def _too_late(chance: Random) -> Kind:
    """Proved when an erasure could not have its pause any more: it is denied before, in time."""
    deeds = (Deed(Act.CODE, before_safe=days(chance, 0.05, 0.9)),)
    return _anywhere(chance, Kind((Right.DELETE,), (Ending.DENIED_UNVERIFIED,), deeds))


def _last_hours_without(chance: Random) -> Kind:
    """Proved on the last day, while a system cannot be asked."""
    deeds = (Deed(Act.CODE, before_safe=days(chance, 0.12, 0.34)),)
    return Kind((Right.ACCESS,), (Ending.PARTLY,), deeds, Household(stuck=("news", timedelta(days=120))))


def _locked_out(chance: Random) -> Kind:
    """A right is missing in a system; our people get it."""
    home = Household(refused=chance.choice(("crm", "news")))
    return Kind((chance.choice((Right.ACCESS, Right.DELETE)),), (Ending.COMPLIED,), (_code(chance, 20),), home)


def _left_out(chance: Random) -> Kind:
    says = {TaskKind.UNBLOCK: TaskState.EXCEPTION}
    home = Household(refused="news")
    return Kind((Right.ACCESS,), (Ending.PARTLY,), (_code(chance, 20),), home, says=says)


REPERTOIRE: dict[str, tuple[Tell, int]] = {
    "asks for a copy": (_copy, 44),
    "asks for categories": (_categories, 8),
    "asks, and nothing is held": (_nothing_held, 8),
    "is known by a number": (_by_number, 8),
    "is erased": (_erased, 34),
    "is erased slowly": (_erased_slowly, 5),
    "is erased, invoices kept": (_kept, 12),
    "is erased, invoices kept for a while": (_kept_for_a_while, 8),
    "is erased, designs too": (_designs_go, 8),
    "is erased, designs stay": (_designs_stay, 4),
    "has a namesake": (_namesake, 7),
    "never answers": (_never_answers, 26),
    "mistypes the code": (_mistyped, 8),
    "guesses": (_guesses, 4),
    "is unknown": (_unknown, 4),
    "is unknown but reached": (_reached, 3),
    "opts out": (_opts_out, 28),
    "opts out unknown": (_opts_out_unknown, 3),
    "takes consent back": (_takes_consent_back, 12),
    "is restricted": (_restricted, 6),
    "is restricted for a while": (_restricted_for_a_while, 7),
    "objects": (_objects, 9),
    "is corrected": (_corrected, 12),
    "has a new address": (_corrected_address, 3),
    "is not corrected": (_not_corrected, 5),
    "appeals": (_appeals, 6),
    "complains": (_complains, 9),
    "changes their mind": (_changes_their_mind, 8),
    "stops the erasure": (_stops_the_erasure, 5),
    "waits longer": (_takes_longer, 9),
    "is answered without a system": (_answered_without, 6),
    "is not corrected everywhere": (_not_corrected_everywhere, 3),
    "is asked back": (_asked_back, 10),
    "is asked back for nothing": (_asked_back_for_nothing, 4),
    "asks for several": (_several, 10),
    "asks for several unproved": (_several_unproved, 3),
    "wants no copy after all": (_no_copy_after_all, 4),
    "asks twice": (_asks_twice, 6),
    "writes on paper": (_on_paper, 8),
    "proves in the last hours": (_last_hours, 5),
    "proves in the last days": (_last_days, 4),
    "proves too late to be erased": (_too_late, 3),
    "proves in the last hours, a system is down": (_last_hours_without, 2),
    "is locked out": (_locked_out, 5),
    "is locked out for good": (_left_out, 3),
}
"""Each kind with its weight."""
