"""The scenes. Each is one request through the real doors; what it claims is looked up where it happened."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from demo import holdings
from demo.company import Company
from demo.holdings import LOCK, contact, objects, pages, says
from demo.people import ADA, ALAN, BARBARA, EDSGER, GRACE, KATHERINE, KNOWN, Somebody
from demo.theatre import Scene
from vault.package_check import check_package

ALARM_CLOCK = timedelta(hours=8)
"""Alarms ring at eight in the morning, in the company's zone."""


async def deletion(company: Company, scene: Scene) -> None:
    """Ada has everything deleted: across five systems, with a lock, a decision, and work by hand."""
    stack = company.stack
    request = await _asked(company, scene, "delete", ADA)
    task = await company.task(scene, request, "Decide in Cloud storage (S3)")
    plan = await company.staff("plan", request, "s3")
    scene.demand("logo.svg" in plan, "the plan can be read before it runs")
    await company.staff("resolve", task, "done", "--by", "Mo", "--note", "nothing of it is in the portfolio")
    scene.say("the policy leaves her design files open: Mo reads the plan and decides, they go")
    task = await company.task(scene, request, "Erase by hand in Figma")
    scene.demand(str(ADA.number) in await company.staff("tasks", task), "the task names the comment")
    scene.demand(await holdings.delete_comments(stack, ADA) == 1, "one comment is deleted by hand")
    await company.staff("resolve", task, "done", "--by", "Mo")
    scene.say("no API deletes her comment in Figma: Mo does, and it is looked for again")
    await company.answered(scene, request, "partly")  # something has to be kept
    await _erased(company, scene, ADA)
    scene.demand(not await says(stack, "figma", ADA), "Figma has nothing left")
    await _only_the_invoice(company, scene, ADA, "invoices/2026-031.txt")
    until = (datetime.now(UTC) + LOCK).date()
    letter = await company.letter(scene, ADA, "The answer to your request")
    scene.expect(
        f"until {until.day} {until:%B %Y}" in letter and "S3 object lock (COMPLIANCE)" in letter,
        f"the letter says what is kept, by what lock, and until {until}",
    )
    await scene.until(
        "a workflow of its own sleeps until that day, then erases the invoice", lambda: _hold(company, request)
    )


async def access(company: Company, scene: Scene) -> str:
    """Grace asks for a copy, and gets everything of hers and nothing of anybody else; the request's id."""
    receipt = await company.ask("access", GRACE)
    request = str(receipt["request_id"])
    scene.say(f"taken in by a signed webhook, to be answered by {receipt['safe']}")
    passphrase = await company.prove(scene, request, GRACE, ticket=str(receipt["ticket"]))

    async def arrived() -> str | None:
        return await company.mail.link(GRACE.email)

    token = await scene.wait_for("a letter with a link", arrived)
    status, _ = await company.download(token, "not-the-passphrase")
    scene.demand(status in {401, 403, 422}, f"a wrong passphrase opens nothing, but {status}")
    status, package = await company.download(token, passphrase)
    scene.demand(status == 200, f"the passphrase opens the link: {status}")
    problems = check_package(io.BytesIO(package))
    scene.demand(not problems, f"the package is whole: {problems}")
    scene.say("the package opens, and each file has the sum that its manifest names")
    _look_into(scene, package)
    status, _ = await company.download(token, passphrase)
    scene.expect(status == 410, "the link works once: 410 from then on")
    return request


async def unknown(company: Company, scene: Scene) -> str:
    """Alan is told that nothing is held; the request's id."""
    request = await _asked(company, scene, "access", ALAN)
    await company.answered(scene, request, "nothing_found")
    letter = await company.letter(scene, ALAN, "The answer to your request")
    scene.expect("hold no personal data" in letter, "the letter says so: nothing is held under his address")
    return request


async def cancelled(company: Company, scene: Scene) -> str:
    """Edsger changes his mind while he can, and everything is as it was; the request's id."""
    before = await _everything(company, EDSGER)
    request = await _asked(company, scene, "delete", EDSGER)
    await _withheld(company, scene, EDSGER)
    scene.demand(await _everything(company, EDSGER) != before, "something was taken out of use")
    await company.take_back(request)
    scene.say("he takes the request back while the hold lasts")
    await company.answered(scene, request, "cancelled")
    scene.expect(await _everything(company, EDSGER) == before, "subscribed, in place, unmarked: exactly as before")
    await company.letter(scene, EDSGER, "Your request was cancelled")
    return request


async def late_letter(company: Company, scene: Scene) -> str:
    """Katherine's letter lay about for 44 days: it is escalated at once, and still answered; the request's id."""
    zone = ZoneInfo(company.zone)
    received = (datetime.now(zone) - ALARM_CLOCK).date() - timedelta(days=44)
    said = await company.staff(
        "submit", "access", "--email", KATHERINE.email, "--received", str(received), "--channel", "post", "--json"
    )
    receipt = json.loads(said)
    request = str(receipt["request_id"])
    scene.say(f"entered by starter.py as received on {received}: the law ends on {receipt['due']}")
    for address in (company.lead, company.deputy):
        await company.woken(scene, address, request)
    scene.say("it does not wait for morning: privacy lead and deputy are woken at once")
    code = await company.code(scene, KATHERINE)
    await company.staff("confirm", request, code)
    scene.say("she reads her code out on the phone, and staff enter it")
    await company.answered(scene, request, "complied")
    await company.letter(scene, KATHERINE, "The answer to your request")
    scene.say("answered on time, all the same")
    return request


async def outage(company: Company, scene: Scene) -> None:
    """Barbara's deletion while Notion is down: it delays nobody else, and ends when Notion is mended."""
    stack = company.stack
    await stack.break_vendor("notion", "down")
    scene.say("Notion answers 503 to everything")
    request = await _asked(company, scene, "delete", BARBARA)

    async def others_are_done() -> bool:
        gone = await contact(stack, BARBARA) is None and BARBARA.client_id in await holdings.orders_to_google(stack)
        return gone and await _marked(company, BARBARA)

    await scene.until("Mailchimp, Google Analytics and S3 are done meanwhile", others_are_done)
    said = await company.staff("status", request)
    scene.expect("Not finished: Notion." in said, "starter.py says what is waited for: Not finished: Notion.")
    scene.demand(await says(stack, "notion", BARBARA), "Notion still has her pages")
    await stack.mend_vendor("notion")
    scene.say("Notion is mended, and nobody has to do anything")
    await company.answered(scene, request, "partly")  # something has to be kept
    await _erased(company, scene, BARBARA)
    await _only_the_invoice(company, scene, BARBARA, "invoices/2026-032.txt")


async def _asked(company: Company, scene: Scene, right: str, person: Somebody) -> str:
    receipt = await company.ask(right, person)
    scene.say(f"taken in by a signed webhook, to be answered by {receipt['safe']}")
    request = str(receipt["request_id"])
    await company.prove(scene, request, person)
    return request


async def _withheld(company: Company, scene: Scene, person: Somebody) -> None:
    """Wait until everything of a person is out of use, and nothing erased."""

    async def withheld() -> bool:
        held = await contact(company.stack, person)
        trashed = all(page["in_trash"] for page in await pages(company.stack, person))
        return held is not None and held["status"] == "unsubscribed" and trashed and await _marked(company, person)

    await scene.until("unsubscribed, in the trash, the invoice marked: nothing is erased during the hold", withheld)


async def _marked(company: Company, person: Somebody) -> bool:
    held = await objects(company.stack, person)
    return any("habeas-restricted" in tags for name, tags in held.items() if name.startswith("invoices/"))


async def _erased(company: Company, scene: Scene, person: Somebody) -> None:
    """Look behind the product's back."""
    stack = company.stack
    scene.expect(await contact(stack, person) is None, "Mailchimp has permanently deleted the contact")
    left = [page["id"] for page in await pages(stack, person) if not page["in_trash"] or page["blocks"]]
    scene.expect(not left and not await says(stack, "notion", person), "Notion has empty pages left, in its trash")
    ordered = person.client_id in await holdings.orders_to_google(stack)
    scene.expect(
        ordered and not await says(stack, "ga4", person),
        "Google was ordered to delete, its export has no event left, and it is looked into again on the fourth day",
    )


async def _only_the_invoice(company: Company, scene: Scene, person: Somebody, invoice: str) -> None:
    held = await objects(company.stack, person)
    scene.expect(
        [name.partition("?")[0] for name in held] == [invoice] and await _marked(company, person),
        "S3 has the invoice left and nothing else, marked as kept for one purpose",
    )


async def _hold(company: Company, request: str) -> bool:
    client = await company.foundation.connect()
    hold = client.get_workflow_handle("hold-" + request.removeprefix("request-"))
    try:
        running = (await hold.describe()).status is WorkflowExecutionStatus.RUNNING
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False  # the answer is sent first
        raise
    return running and bool(await company.foundation.ledger.holds.list(request))


async def _everything(company: Company, person: Somebody) -> object:
    """All that is held of a person, but for the vendors' own stamps of the last change."""
    held, found = await contact(company.stack, person), await pages(company.stack, person)
    return (
        {key: value for key, value in (held or {}).items() if key != "last_changed"},
        [{key: value for key, value in page.items() if key != "last_edited_time"} for page in found],
        await objects(company.stack, person),
        await says(company.stack, "ga4", person),
    )


def _look_into(scene: Scene, package: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    for system in holdings.MAP:
        of_it = [data for name, data in content.items() if name.startswith((f"data/{system}.", f"files/{system}/"))]
        scene.demand(any(GRACE.mark.encode() in data for data in of_it), f"it has what {system} holds")
    scene.say(f"it has what all {len(holdings.MAP)} systems hold of her, in {len(content)} files")
    others = [(p.mark, p.email, p.customer_id, p.client_id) for p in KNOWN if p is not GRACE]
    leaked = [word for words in others for word in words for data in content.values() if word.encode() in data]
    scene.expect(not leaked, "and nothing of anybody else")
