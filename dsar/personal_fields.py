"""Names of fields that hold a person, or something of one: by their words, as `words_of` gives them."""

PEOPLE = frozenset(
    ("author", "authors", "user", "users", "created by", "creator", "creators", "last edited by", "edited by",
     "updated by", "modified by", "last modified by", "assignee", "assignees", "assigned to", "commenter",
     "commenters", "people", "person", "persons", "owner", "owners", "actor", "participant", "participants",
     "attendee", "attendees", "member", "members", "sender", "recipient", "recipients", "from", "to", "cc",
     "bcc", "reply to", "reviewer", "reviewers", "editor", "editors", "mention", "mentions", "contact",
     "contacts", "organizer", "organiser", "invitee", "invitees", "colleague", "colleagues", "manager",
     "follower", "followers", "watcher", "watchers", "guest", "guests", "submitter", "requester", "approver",
     "uploaded by", "shared by", "shared with", "reporter", "agent", "collaborators")
)  # fmt: skip
"""What stands in such a field is about somebody, who may be the data subject."""

WRITERS = frozenset(
    ("author", "authors", "created by", "creator", "last edited by", "edited by", "updated by", "modified by",
     "last modified by", "assignee", "assignees", "assigned to", "commenter", "commenters", "participant",
     "participants", "attendee", "attendees", "sender", "reviewer", "reviewers", "organizer", "organiser",
     "uploaded by", "shared by", "submitter", "requester", "approver", "reporter")
)  # fmt: skip
"""A bare text in such a field is a person's name, and hardly a company's or a place's."""

NAMES = frozenset(
    ("name", "full name", "display name", "displayname", "real name", "fullname", "resolved name", "nickname",
     "handle", "username", "user name", "screen name", "login", "nick")
)  # fmt: skip

ADDRESSES = frozenset({"email", "email address", "emailaddress", "mail", "e mail", "emails"})

IDS = frozenset({"id", "user id", "userid", "uid", "account id", "member id", "customer id", "contact id", "client id"})

ABOUT = NAMES | ADDRESSES | frozenset(
    ("first name", "last name", "given name", "family name", "middle name", "fname", "lname", "surname",
     "initials", "phone", "phone number", "phones", "telephone", "tel", "mobile", "mobile phone", "cell", "fax",
     "avatar", "avatar url", "img url", "image url", "image", "picture", "photo", "photo url", "profile url",
     "address", "street", "city", "zip", "postal code", "birthday", "birth date", "date of birth", "bio",
     "about", "location", "company", "title", "job title", "website", "url", "gravatar", "ip", "ip address")
)  # fmt: skip
"""What is not shown of an object about somebody else. Its id and times stay: they hold the structure together."""
