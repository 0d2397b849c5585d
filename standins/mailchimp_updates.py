"""What Mailchimp takes when a contact is updated, and how it says what it does not take."""

from typing import Any

from standins.mailchimp_account import Account, Problem, State, digest

STATUSES = frozenset({"subscribed", "unsubscribed", "cleaned", "pending", "transactional"})
LONGEST = 255
ADDRESS = {"addr1": "", "addr2": "", "city": "", "state": "", "zip": "", "country": "US"}
OPTIONAL = frozenset({"addr2", "country"})


def updated(account: Account, member: State, body: State, now: str) -> State:
    """The contact after the update, all of it or nothing."""
    audience = account.audience(member["list_id"])
    status = body.get("status", member["status"])
    if "status" in body and status not in STATUSES:
        raise invalid("The resource submitted could not be validated.")
    if status == "subscribed" and member.get("unsubscribed_by_contact"):
        raise Problem(400, "Member In Compliance State", "The contact must re-subscribe to get back on the list.")
    merge_fields = {**member["merge_fields"], **_merged(audience["merge_fields"], body.get("merge_fields", {}))}
    plain: State = {key: body[key] for key in ("status", "language", "vip", "email_type") if key in body}
    address = _address(audience, member, body.get("email_address", member["email_address"]))
    subscriber = digest(address)
    return {
        **member,
        **plain,
        "merge_fields": merge_fields,
        "full_name": f"{merge_fields.get('FNAME', '')} {merge_fields.get('LNAME', '')}".strip(),
        "email_address": address,
        "id": subscriber,
        "unique_email_id": subscriber[:10],
        "last_changed": now,
    }


def invalid(detail: str, **mistakes: str) -> Problem:
    """A refusal that names fields."""
    errors = [{"field": name.replace("_", " "), "message": says} for name, says in mistakes.items()]
    problem = Problem(400, "Invalid Resource", detail)
    problem.body |= {"errors": errors} if errors else {}
    return problem


def _address(audience: State, member: State, address: Any) -> str:
    """The address that a contact may have from now on."""
    said = "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
    if address == member["email_address"]:
        return str(address)
    if not isinstance(address, str) or not 3 <= len(address) <= 254 or address.count("@") != 1 or " " in address:
        raise invalid("Please provide a valid email address.")
    if member["status"] != "subscribed":
        only = 'You can only update email addresses for members with a status of "subscribed."'
        raise invalid(said, email_address=f'This member\'s status is "{member["status"]}." {only}')
    subscriber = digest(address)
    if subscriber in audience["forgotten"]:
        raise Problem(400, "Forgotten Email Not Subscribed", f"{address} was permanently deleted.")
    other = audience["members"].get(subscriber)
    if other is not None and other is not member:
        taken = f'"{address}" is already in this list with a status of "{other["status"].title()}".'
        raise invalid(said, email_address=taken)
    return address


def _merged(kinds: State, given: Any) -> State:
    """The merge fields that the audience has, as Mailchimp keeps them; others are passed over in silence."""
    if not isinstance(given, dict):
        raise invalid("The resource submitted could not be validated.")
    known = {tag: value for tag, value in given.items() if tag in kinds}
    mistakes = {tag: says for tag, value in known.items() if (says := _mistake(kinds[tag], value))}
    if mistakes:
        raise invalid("Your merge fields were invalid.", **mistakes)
    return {tag: {**ADDRESS, **_filled(value)} if isinstance(value, dict) else value for tag, value in known.items()}


def _mistake(kind: str, value: Any) -> str:
    if kind == "address":
        if value == "":
            return ""
        whole = isinstance(value, dict) and all(value.get(part) for part in ADDRESS.keys() - OPTIONAL)
        return "" if whole else "Please enter a complete address"
    if not isinstance(value, str | int | float):
        return "Please enter a value"
    return "" if len(str(value)) <= LONGEST else f"Please enter a value of at most {LONGEST} characters"


def _filled(parts: State) -> State:
    return {part: value for part, value in parts.items() if part in ADDRESS and value}
