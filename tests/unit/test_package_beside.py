"""What comes beside a package is spoken of in it."""

from dataclasses import replace

from dsar.particulars import Particulars
from tests.unit.test_package import HEAD, packed, record, system


async def test_what_a_person_copied_by_hand_is_said_to_be_used_for_something_too() -> None:
    """Its category stands with the others, although none of its records is in the package."""
    said = Particulars(
        purpose="answering you", origin="", recipients=("our host",), kept="1 year", shared=False, sensitive=False
    )
    head = replace(HEAD, particulars={"letters": said}, categories=("letters",))

    report = (await packed(system("s3", [record(1)]), head=head)).read("report.html").decode()

    assert "<h3>Letters</h3>" in report
    assert "<dd>answering you</dd>" in report
    assert "<dd>a system that a person copied it from</dd>" in report
    assert "<dd>the system that a person copied it from, with whoever runs it for us, our host</dd>" in report
