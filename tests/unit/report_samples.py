"""Delivery reports as mail servers shape them, all made up: of one letter, to an address that nothing may keep."""

REQUEST = f"request-{'a' * 24}"
LETTER = f"{REQUEST}.answer"
DOMAIN = "opensession.co"
GONE = "canary.mail@example.com"

HEADERS = f"""\
From: privacy@{DOMAIN}
To: {GONE}
Subject: The answer to your request
Message-ID: <{{letter}}@{DOMAIN}>
Auto-Submitted: auto-generated
"""


def _report(sender: str, words: str, fields: str, returned: str, kind: str, more: str = "") -> bytes:
    text = f"""\
Return-Path: <>
From: {sender}
To: privacy@{DOMAIN}
Subject: Undelivered Mail Returned to Sender
{more}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

{words}

--b
Content-Type: message/delivery-status

{fields}
--b
Content-Type: {kind}

{returned}
--b--
"""
    return text.replace("\n", "\r\n").encode()


def postfix(letter: str = LETTER, action: str = "failed", status: str = "5.1.1") -> bytes:
    """As Postfix reports, with the whole letter."""
    fields = f"""\
Reporting-MTA: dns; mx.{DOMAIN}
X-Postfix-Queue-ID: 4F1C2D3E4F
Arrival-Date: Tue,  5 May 2026 09:12:01 +0000 (UTC)

Final-Recipient: rfc822; {GONE}
Original-Recipient: rfc822;{GONE}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; 550 5.1.1 <{GONE}>: Recipient address rejected: User
    unknown in virtual mailbox table
"""
    words = (
        f"I'm sorry to have to inform you that your message could not\nbe delivered.\n\n<{GONE}>: host mx.example.com"
    )
    returned = HEADERS.format(letter=letter) + "\nHello, this is your answer.\n"
    return _report(
        f"MAILER-DAEMON@mx.{DOMAIN} (Mail Delivery System)", words, fields, returned, "message/rfc822",
        "Auto-Submitted: auto-replied\n",
    )  # fmt: skip


def exchange(letter: str = LETTER, status: str = "5.1.10") -> bytes:
    """As Exchange Online reports: its own codes, headers alone, and a display name of its own."""
    fields = f"""\
Reporting-MTA: dns;PR3P193MB0001.EURP193.PROD.OUTLOOK.COM
Received-From-MTA: dns;mx.{DOMAIN}

Final-Recipient: rfc822;{GONE}
Action: failed
Status: {status}
Diagnostic-Code: smtp;550 {status} RESOLVER.ADR.RecipientNotFound; Recipient {GONE} not found by SMTP address lookup
"""
    return _report(
        '"Microsoft Outlook" <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.example>',
        f"Your message to {GONE} couldn't be delivered.", fields, HEADERS.format(letter=letter), "text/rfc822-headers",
        "X-Auto-Response-Suppress: All\nAuto-Submitted: auto-replied\n",
    )  # fmt: skip


def gmail(letter: str = LETTER) -> bytes:
    """As Gmail reports: folded codes, and the letter that it answers named at the top as well."""
    fields = f"""\
Reporting-MTA: dns; googlemail.com
Arrival-Date: Tue, 05 May 2026 02:12:01 -0700 (PDT)
X-Original-Message-ID: <{letter}@{DOMAIN}>

Final-Recipient: rfc822; {GONE}
Action: failed
Status: 5.2.2
Remote-MTA: dns; gmail-smtp-in.l.google.com. (142.250.0.1, the server for the domain example.com.)
Diagnostic-Code: smtp; 552-5.2.2 The recipient's inbox is out of storage space.
 552 5.2.2  https://support.google.com/mail/?p=OverQuotaPerm - gsmtp
Last-Attempt-Date: Tue, 05 May 2026 02:12:02 -0700 (PDT)
"""
    return _report(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>", f"** Message not delivered **\n\n{GONE}", fields,
        HEADERS.format(letter=letter).replace("Message-ID: <", "Message-ID:\n <"), "message/rfc822",
        f"In-Reply-To: <{letter}@{DOMAIN}>\nReferences: <{letter}@{DOMAIN}>\nAuto-Submitted: auto-replied\n",
    )  # fmt: skip


def without_headers(letter: str = LETTER) -> bytes:
    """Nothing is returned; the letter is named in the report's own headers."""
    return (
        gmail(letter)
        .replace(b"Content-Type: message/rfc822", b"Content-Type: text/plain")
        .replace(b"Message-ID:\r\n <", b"X-None: <")
    )


def international(letter: str = LETTER) -> bytes:
    """RFC 6533."""
    content = postfix(letter).replace(b"message/delivery-status", b"message/global-delivery-status")
    return content.replace(b"message/rfc822", b"message/global-headers")


def qmail(letter: str = LETTER) -> bytes:
    """As qmail reports: words, and a copy."""
    text = f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.{DOMAIN}
To: privacy@{DOMAIN}
Subject: failure notice

Hi. This is the qmail-send program at mx.{DOMAIN}.
I'm afraid I wasn't able to deliver your message to the following addresses.

<{GONE}>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 <{GONE}>: no such user
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

Return-Path: <privacy@{DOMAIN}>
{HEADERS.format(letter=letter)}
Hello, this is your answer.
"""
    return text.replace("\n", "\r\n").encode()


def absence(letter: str = LETTER, *more: str) -> bytes:
    """An absence note: it answers a letter of ours."""
    head = "\r\n".join((
        f"From: {GONE}", f"To: privacy@{DOMAIN}", f"In-Reply-To: <{letter}@{DOMAIN}>",
        f"References: <{letter}@{DOMAIN}>", *more,
    ))  # fmt: skip
    return f"{head}\r\n\r\nI am away until Monday. Please delete all my personal data.".encode()
