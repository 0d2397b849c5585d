"""The command line refuses what cannot be done with exit code 2 and a sentence, and then nothing was started."""

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.machine import ROOT, Machine, refused


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "COMMAND"),
        (("submit", "everything", "--email", "a@b.example"), "argument RIGHT"),
        (("submit", "delete", "--email", "a@b.example", "--regime", "mars"), "us-ca"),
        (("resolve", "request-x.1", "perhaps"), "done"),
        (("policy", "burn"), "check"),
    ],
)
def test_what_is_no_command_is_refused(machine: Machine, arguments: tuple[str, ...], words: str) -> None:
    """The usage names what there is, and no file is made."""
    said = machine.run(*arguments)

    refused(said, words)
    assert machine.made == set()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--name", "Ada"), "a name or a phone alone finds nobody"),
        (("--email", "no address"), "is not an email address"),
        (("--email", "a@b.example", "--zone", "Mars/Base"), "there is no zone of this name"),
        (("--email", "a@b.example", "--region", "germany"), "region"),
        (("--email", "a@b.example", "--received", "yesterday"), "give a date"),
        (("--email", "a@b.example", "--received", "2126-01-01"), "in the future"),
        (("--email", "a@b.example", "--received", "2001-01-01"), "is the year right?"),
        (("--email", "a@b.example", "--received", "2026-05-05T10:00"), "offset"),
    ],
)
def test_a_request_that_cannot_be_is_refused(machine: Machine, arguments: tuple[str, ...], words: str) -> None:
    """It gets no id: the journal has no entry of it, and the vault no compartment."""
    said = machine.run("submit", "delete", *arguments)

    refused(said, words)
    assert "request-" not in said.out
    assert "Checked the journal: 0 entries." in machine.run("audit", "verify").out
    vault = machine.folder / "vault-data"
    assert not [path for path in vault.rglob("*") if path.is_file()]


def test_a_law_that_the_policy_does_not_accept_is_refused(machine: Machine) -> None:
    """Whoever takes the request in reads which ones it can be entered under."""
    machine.edit("policy.toml", '"br", "ca", "policy"]', '"policy"]')

    said = machine.run("submit", "delete", "--email", "a@b.example", "--regime", "br")

    refused(said, "not taken in under br here", "us-ca, us-va", "uk, policy")
    assert "request-" not in said.out


def test_a_request_is_kept_while_the_engine_is_down(machine: Machine) -> None:
    """It has its id, and its sentence says that it is started later."""
    said = machine.run("submit", "delete", "--email", "a@b.example")

    assert said.status == 0
    assert "The engine is down. The request is kept" in said.out
    assert "Checked the journal: 1 entry." in machine.run("audit", "verify").out


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "request-none"),
        ("plan", "request-none", "s3"),
        ("tasks", "request-none.1"),
        ("resolve", "request-none.1", "done"),
        ("approve", "request-none"),
        ("confirm", "request-none", "123456"),
        ("prove", "request-none", "--told", "phone=4155550134"),
        ("resend", "request-none"),
        ("passphrase", "request-none"),
        ("permission", "request-none", "--read", "nowhere"),
        ("extend", "request-none", "--reason", "much to do"),
        ("cancel", "request-none", "--reason", "a mistake"),
    ],
)
def test_a_request_that_is_not_there_is_said_so(machine: Machine, arguments: tuple[str, ...]) -> None:
    """Whatever is asked of it."""
    refused(machine.run(*arguments), "there is no request request-none")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda m: m.unset("HABEAS_LEDGER_KEY"), "HABEAS_LEDGER_KEY is not set"),
        (lambda m: m.given(HABEAS_LEDGER_KEY="short"), "HABEAS_LEDGER_KEY"),
        (lambda m: m.given(HABEAS_MASTER_KEYS="m:short"), "master key"),
        (lambda m: m.given(HABEAS_LEDGER_URL="mysql://x"), "sqlite or postgresql, not in mysql"),
        (lambda m: m.given(HABEAS_PORT="http"), "HABEAS_PORT must be a port's number"),
        (lambda m: m.unset("NOTION_TOKEN"), "[notion] secret: NOTION_TOKEN is not set"),
        (lambda m: m.edit("systems.toml", 'kind = "figma"', 'kind = "fax"'), "[figma] kind: must be one of"),
        (lambda m: m.edit("systems.toml", "ecommerce =", "commerce ="), "[mailchimp] commerce"),
        (lambda m: m.edit("policy.toml", "codes = 3", "codes = 0"), "[terms] codes"),
        (lambda m: m.edit("policy.toml", "[terms]", "[terms"), "not valid TOML"),
        (lambda m: m.edit("policy.toml", '"figma", "s3"', '"figma", "s4"'), "systems.toml has no [s4]"),
        (
            lambda m: m.edit("systems.toml", '"*/contracts/*"\ncategory = "contracts"', '"*"\ncategory = "x"'),
            "has no [cat",
        ),
    ],
)
def test_a_set_up_that_cannot_be_used_stops_both_processes(
    machine: Machine, spoil: Callable[[Machine], object], words: str
) -> None:
    """One sentence says what is wrong, and no request is begun."""
    spoil(machine)

    said, worked = machine.run("submit", "delete", "--email", "a@b.example"), machine.work()

    refused(said, words)
    refused(worked, words)
    assert "request-" not in said.out


@pytest.mark.parametrize("program", [["worker.py"], ["starter.py", "serve"]])
def test_the_process_itself_ends_with_it(tmp_path: Path, program: list[str]) -> None:
    """Whoever supervises it sees exit code 2, and whoever reads its log a line for each thing to set right."""
    name, *arguments = program

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(ROOT / name), *arguments],
        cwd=tmp_path, env={}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"cannot read {name}: No such file or directory" for name in ("policy.toml", "systems.toml")
    ]


def test_no_credential_is_printed(machine: Machine) -> None:
    """A wrong one is named by its place alone."""
    machine.given(S3_CREDENTIALS="canary")

    said = machine.run("systems")

    refused(said, "[s3] secret")
    assert "canary" not in said.err + said.out


def test_both_files_are_checked_at_once(machine: Machine) -> None:
    """`policy check` names each mistake with its file, line and place, in the order of the files."""
    machine.edit("policy.toml", "codes = 3", "codes = 0")
    machine.edit("policy.toml", 'keep = "26 months"', 'keep = "a while"')
    machine.edit("policy.toml", '"figma", "s3"', '"figma", "s4"')
    machine.edit("systems.toml", 'kind = "figma"', 'kind = "fax"')
    machine.edit("systems.toml", "ecommerce =", "commerce =")

    said = machine.run("policy", "check")

    refused(said)
    assert [line.partition(": ")[2].partition(": ")[0] for line in said.err.splitlines()] == [
        "[terms] codes", '[categories."design files and assets"] systems.1',
        '[categories."cookies and tracking"] keep', "[mailchimp] commerce", "[figma] kind",
    ]  # fmt: skip


def test_the_shipped_files_have_no_mistakes(machine: Machine) -> None:
    """Given credentials of the right form, and nothing else of the environment."""
    machine.unset("HABEAS_LEDGER_KEY")

    said = machine.run("policy", "check")

    assert (said.status, said.err) == (0, "")
    assert "no mistakes" in said.out


def test_the_policy_can_be_read_by_whoever_reads_no_toml(machine: Machine) -> None:
    """`policy show` tells who is woken, what waits how long, and what is kept by which law."""
    said = machine.run("policy", "show")

    assert said.status == 0
    for words in ("opt-out", "non-discrimination", "newsletter", "a person decides", "the defence of legal claims"):
        assert words in said.out
    for words in ("privacy@opensession.co, then deputy@", "24 hours in which", "7 years", "26 CFR 1.6001-1"):
        assert words in said.out


def test_what_a_change_means_for_open_requests_is_said(machine: Machine) -> None:
    """They stay as they are; what would be different for the ones to come is told in words."""
    before = machine.run("policy", "diff")
    for address in ("a@b.example", "c@d.example"):
        machine.run("submit", "delete", "--email", address)
    same = machine.run("policy", "diff")
    machine.edit("policy.toml", 'keep = "26 months"', 'keep = "13 months"')

    changed = machine.run("policy", "diff")

    assert "No request is open" in before.out
    assert "nothing would be different" in same.out
    assert "2 open requests stay on the policy of 20" in changed.out
    assert 'category "cookies and tracking" would be kept for: 13 months (now: 26 months)' in changed.out
    assert "Open requests keep the policy that they were received under" in changed.out


def test_the_policy_is_compared_with_any_other(machine: Machine) -> None:
    """With a file, or with one that the ledger knows by its digest."""
    shutil.copy(machine.folder / "policy.toml", machine.folder / "old.toml")
    machine.run("submit", "delete", "--email", "a@b.example")
    digest = re.findall(r"version of the policy: (\w{32})", machine.run("policy", "show").out)[0]
    machine.edit("policy.toml", "codes = 3", "codes = 4")

    with_file = machine.run("policy", "diff", "--against", "old.toml")
    with_digest = machine.run("policy", "diff", "--against", digest)

    for said in (with_file, with_digest):
        assert "requests would allow so many codes: 4 (now: 3)" in said.out
    refused(machine.run("policy", "diff", "--against", "0" * 32), "the ledger has no policy 000")
    refused(machine.run("policy", "diff", "--against", "none.toml"), "cannot read none.toml")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "habeas.example"])
def test_the_codec_needs_its_token_where_others_reach_it(machine: Machine, host: str) -> None:
    """Without one it is opened on this machine only."""
    machine.given(HABEAS_CODEC_TOKEN="none", HABEAS_HOST=host)

    refused(machine.run("serve"), "HABEAS_CODEC_TOKEN=none", "127.0.0.1")


def test_an_engine_that_is_down_is_said_so(machine: Machine) -> None:
    """What needs it now does not wait for it."""
    refused(machine.run("forget"), "The engine cannot be reached")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "needs --system, --category or a person"),
        (("--system", "crm"), "systems.toml has no [crm]"),
        (("--category", "love letters"), "policy.toml has no such category"),
        (("--email", "nobody"), "is not an email address"),
        (("--system", "s3", "--by", "lea@example.com"), "personal data"),
        (("--system", "s3", "--by", ""), "who it is"),
    ],
)
def test_a_hold_that_cannot_be_is_refused(machine: Machine, arguments: tuple[str, ...], words: str) -> None:
    """What the two files do not know, nobody at all, or a name that is none; and then nothing is held."""
    said = machine.run("holds", "place", "--reason", "pending litigation", *arguments)

    refused(said, words)
    assert "no legal holds" in machine.run("holds", "list").out


def test_what_the_ledger_knows_a_content_by_can_be_asked(machine: Machine) -> None:
    """From the file, or from the SHA-256 of it: the same, and never the plain hash."""
    (machine.folder / "shot.png").write_bytes(b"a screenshot")
    plain = hashlib.sha256(b"a screenshot").hexdigest()

    from_file = machine.run("digest", str(machine.folder / "shot.png"))
    from_hash = machine.run("digest", "--sha256", plain.upper())

    assert re.fullmatch(r"hmac-sha256:[0-9a-f]{64}\n", from_file.out)
    assert from_file.out == from_hash.out
    assert plain not in from_file.out
    refused(machine.run("digest", str(machine.folder / "none.png")), "No such file")
    refused(machine.run("digest", "--sha256", "abc"), "64 hexadecimal digits")


def test_a_hold_is_lifted_by_two_people(machine: Machine) -> None:
    """One of them asks; the same one is refused, and so is a hold that is none."""
    placed = machine.run("holds", "place", "--reason", "pending litigation", "--email", "a@b.example", "--by", "Lea")
    (hold,) = re.findall(r"legal-\w+", placed.out)

    refused(machine.run("holds", "lift", hold, "--by", "Dee"), "nobody has asked")
    assert machine.run("holds", "ask-lift", hold, "--by", "Lea").status == 0
    refused(machine.run("holds", "lift", hold, "--by", " lea"), "somebody else")
    assert "Lea asked" in machine.run("holds", "list").out
    assert machine.run("holds", "lift", hold, "--by", "Dee").status == 0

    refused(machine.run("holds", "lift", hold, "--by", "Dee"), "no legal hold")
    listed = machine.run("holds", "list").out
    assert "by Dee" in listed
    assert "a@b.example" not in listed


def test_a_replay_of_a_system_that_is_none_is_refused(machine: Machine) -> None:
    """And without an engine nothing is replayed."""
    refused(machine.run("replay-erasures", "--system", "crm"), "systems.toml has no [crm]")
    refused(machine.run("replay-erasures"), "engine")
    refused(machine.run("plan", "sweep-2026-05-05", "s3"), "no such sweep")
