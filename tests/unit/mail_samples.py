"""Mails as companies get them, all made up: subject, text, what the rules should make of it, and the rights."""

from typing import NamedTuple

from dsar.mail_rules import Verdict
from dsar.requests import Right

REQUEST, UNCLEAR, NONE = Verdict.REQUEST, Verdict.UNCLEAR, Verdict.NOT_A_REQUEST


class Sample(NamedTuple):
    subject: str
    text: str
    verdict: Verdict
    rights: frozenset[Right] = frozenset()


def of(subject: str, text: str, verdict: Verdict, *rights: Right) -> Sample:
    return Sample(subject, text, verdict, frozenset(rights))


SIGNED = "\n\nBest,\nRobin Vance\n-- \nRobin Vance\nVance Ceramics\nrobin@vance-ceramics.example\n+1 555 0100"
QUOTED = "\n\nOn Tue, 5 May 2026 at 09:12, Studio <hello@company.example> wrote:\n> Hi Robin,\n> here is the invoice.\n"

SAMPLES = (
    # As the policy asks for it.
    of("CCPA Request", "Please delete my personal information.", REQUEST, Right.DELETE),
    of("CCPA Request - deletion", "Hi,\n\nplease erase all data you have about me.\nRobin", REQUEST, Right.DELETE),
    of("Re: CCPA request", "I want to know what personal information you collect about me.", REQUEST, Right.KNOW),
    of("CCPA Request", "Do not sell or share my personal information." + SIGNED, REQUEST, Right.OPT_OUT),
    of("CCPA REQUEST", "Limit the use of my sensitive personal information.", REQUEST, Right.LIMIT),
    of("CCPA Request", "Please process this.\nThanks", UNCLEAR),
    of("CCPA Request", "", UNCLEAR),
    of("ccpa request", "Opt out please. Thank you!", REQUEST, Right.OPT_OUT),
    # Without its words.
    of("My data", "Hello! Please delete everything you have about me. Thanks", REQUEST, Right.DELETE),
    of("hi", "could you please remove my account and all my data?" + QUOTED, REQUEST, Right.DELETE),
    of("Removal", "Remove me from your database please.", REQUEST, Right.DELETE),
    of("Forget me", "I'd like to exercise my right to be forgotten.", REQUEST, Right.DELETE),
    of("Question", "What information do you have about me? I was a client in 2021.", REQUEST, Right.KNOW),
    of("Data", "What do you know about me", REQUEST, Right.KNOW),
    of("Privacy", "Which companies did you share my information with?", REQUEST, Right.KNOW),
    of("Privacy", "I have a right to know. Please tell me what you hold.", REQUEST, Right.KNOW),
    of("Copy", "Please send me a copy of all my personal data.", REQUEST, Right.ACCESS),
    of("Subject access request", "Under article 15 of the GDPR I ask for access to my data.", REQUEST, Right.ACCESS),
    of("SAR", "This is a subject access request.", REQUEST, Right.ACCESS),
    of("Export", "Can you give me an export of my data in a machine-readable format?", REQUEST,
       Right.ACCESS, Right.PORTABILITY),
    of("Tracking", "I want to opt out of targeted advertising and the sale of my data.", REQUEST, Right.OPT_OUT),
    of("stop", "Please don't share my details with Meta or anyone else.", REQUEST, Right.OPT_OUT),
    of("Marketing", "I object to the processing of my data for direct marketing.", REQUEST, Right.OBJECT),
    of("Marketing", "Stop using my personal data for profiling, now.", REQUEST, Right.OBJECT),
    of("Restriction", "Please restrict the processing until this is settled.", REQUEST, Right.RESTRICT),
    of("Complaint", "I want to make a complaint about how you handled my personal data.", REQUEST, Right.COMPLAINT),
    # Several at once.
    of("CCPA Request", "Send me a copy of my data, then delete all my information.", REQUEST,
       Right.ACCESS, Right.DELETE),
    of("two things", "1. Delete my account.\n2. Do not sell my personal information.", REQUEST,
       Right.DELETE, Right.OPT_OUT),
    of("Data", "Delete my data and correct my details with your accountant first.", REQUEST, Right.DELETE),
    # What needs details that only a person can read.
    of("Wrong address", "Please correct my personal data: I moved to Oakland.", UNCLEAR, Right.CORRECT),
    of("New name", "Please update my name, I got married.", UNCLEAR, Right.CORRECT),
    of("Consent", "I withdraw my consent.", UNCLEAR, Right.WITHDRAW),
    of("unsubscribe", "unsubscribe", UNCLEAR, Right.WITHDRAW),
    of("News", "Take me off your mailing list!", UNCLEAR, Right.WITHDRAW),
    of("Appeal", "I appeal your decision on my privacy request.", UNCLEAR, Right.APPEAL),
    # Negated, asked about, supposed.
    of("Account", "Please do not delete my account yet, I still need the files.", UNCLEAR, Right.DELETE),
    of("Data?", "How can I delete my data?", UNCLEAR, Right.DELETE),
    of("Late", "Why have you not deleted my data?", UNCLEAR, Right.DELETE),
    of("Question", "What happens if I ask you to delete my data?", UNCLEAR, Right.DELETE),
    # For somebody else, or by another address.
    of("Request", "On behalf of my client Dana Reyes: delete all information about her and my data.", UNCLEAR,
       Right.DELETE),
    of("My mother", "My mother wants out. Please delete everything about me and her.", UNCLEAR, Right.DELETE),
    of("CCPA Request", "Delete my data. My account is under dana@elsewhere.example.", UNCLEAR, Right.DELETE),
    # Quoted, forwarded, signed.
    of("Fwd: please", "fyi\n\n---------- Forwarded message ---------\nFrom: Dana\n\nPlease delete my data.",
       UNCLEAR, Right.DELETE),
    of("Re: invoice", "Thanks, paid!" + QUOTED, NONE),
    of("Re: data", "Great, thank you.\n\n> Please delete my data.\n> Dana", UNCLEAR, Right.DELETE),
    of("Re: call", "See you then." + SIGNED, NONE),
    of("Hi", "Sounds good\n\n-- \nMy agency. To opt out of sale of my data write to us.", NONE),
    of("Re: x", "ok\n\nFrom: Dana\nSent: Monday\nTo: us\nSubject: data\n\nErase my data please", UNCLEAR, Right.DELETE),
    # Everyday mail.
    of("Logo drafts", "Love the second one! Can you delete the third from the Figma file?", NONE),
    of("Invoice 2026-014", "Please find attached the invoice. Payment within 30 days.", NONE),
    of("Website", "Our users want to export their data from the new site. Can you quote that?", NONE),
    of("Feature", "The delete button on my client website is broken.", NONE),
    of("Meeting", "Can we move our call to Thursday? I have access to the room at 3.", NONE),
    of("Sales", "We help agencies grow. Is your data secure? Let us know what you share.", NONE),
    of("Job", "I am a designer and would love to join. My portfolio is attached.", NONE),
    of("Cookie banner", "Could you add a cookie banner to our shop by Friday?", NONE),
    of("Files", "Please send me the exported files and share the Figma link.", NONE),
    of("Copy deck", "Here is the copy for the landing page. Please correct the typo in line 3.", NONE),
    of("", "", NONE),
    of("CV", "Please find my information about the workshop attached.", NONE),
    # Other languages.
    of("Löschung", "Bitte löschen Sie alle meine Daten.", REQUEST, Right.DELETE),
    of("Anfrage", "Hiermit bitte ich um Auskunft über meine personenbezogenen Daten.", REQUEST, Right.ACCESS),
    of("Konto", "Bitte löschen Sie meine Daten nicht.", UNCLEAR, Right.DELETE),
    of("Werbung", "Ich widerspreche der Nutzung meiner Daten.", REQUEST, Right.OBJECT),
    of("Angebot", "Anbei die Daten für die Messe. Bitte berichtigen Sie das Logo.", NONE),
    of("Datos", "Por favor, eliminen todos mis datos personales.", REQUEST, Right.DELETE),
    of("Consulta", "¿Qué datos tienen ustedes sobre mí?", REQUEST, Right.KNOW),
    of("Factura", "Adjunto la factura del proyecto.", NONE),
    # Letters that cannot be seen, odd quotes, wrapped lines.
    of("x", "Please de\u200blete my\npersonal\u00a0data", REQUEST, Right.DELETE),
    of("x", "Don\u2019t sell my data", REQUEST, Right.OPT_OUT),
)  # fmt: skip
