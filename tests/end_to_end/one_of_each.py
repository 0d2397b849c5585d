"""A company with one system of every kind, each entry named as its kind is; and the policy that its data lives by."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from demo.selection import by_code
from standins import azure_blob_store, declared, figma, klaviyo, linkedin, meta, opendsr, sprout, stripe_account
from standins.opendsr_authority import DOMAIN

PROPERTY, TABLE, TEAM = "410000001", "1f2e3d4c-0000-4000-8000-00000000c11e", "11"
BUCKET = "clients"
"""What the bucket of each store of files is called."""
AD_ACCOUNT, PAGE, PIXEL = "1001", "3001", "6001"
TAG = "7001"
MAILBOX, PASSWORD = "hello@opensession.co", "demo"

LIVES = {
    "contact information and communications": "declared drive imap klaviyo mailchimp sql stripe",
    "financial records and invoices": "stripe",
    "contracts": "s3",
    "marketing data": "klaviyo mailchimp",
    "workshop attendance": "person",
    "design files and assets": "drive figma",
    "design files in AI training": "training_corpus",
    "project communications": "azure_blob declared figma gcs notion s3",
    "cookies and tracking": "ga4 linkedin meta opendsr",
    "website analytics": "ga4",
    "marketing campaign data": "linkedin mailchimp meta sprout",
    "social media interactions": "sprout",
}
"""Where each category of the retention schedule is."""

SECRETS = {
    "AZURE": json.dumps({"account_name": azure_blob_store.ACCOUNT, "account_key": azure_blob_store.KEY}),
    "DECLARED": declared.KEY,
    "FIGMA_TOKEN": json.dumps({"token": figma.TOKEN, "scim_token": figma.SCIM_TOKEN}),
    "KLAVIYO": klaviyo.KEY,
    "LINKEDIN": linkedin.TOKEN,
    "MAILBOX": PASSWORD,
    "META": meta.TOKEN,
    "OPENDSR": opendsr.TOKEN,
    "SPROUT": sprout.TOKEN,
    "STRIPE": stripe_account.KEY,
}


def environment(folder: Path, policy: str, standins: str, processor: str, imap: int) -> Mapping[str, str]:
    """Both files written into a folder, and what worker and web door are told of them and of the systems."""
    (folder / "whole-policy.toml").write_text(policy_toml(policy), encoding="utf-8")
    (folder / "systems.toml").write_text(systems_toml(folder, standins, processor, imap), encoding="utf-8")
    return SECRETS | {
        "HABEAS_POLICY": str(folder / "whole-policy.toml"),
        "HABEAS_SYSTEMS": str(folder / "systems.toml"),
        "SQL": f"sqlite:///{database(folder)}",
    }


def database(folder: Path) -> Path:
    """The company's own database."""
    return folder / "records.db"


def corpus(folder: Path) -> Path:
    """What models are trained with."""
    return folder / "corpus" / "corpus.jsonl"


def policy_toml(shipped: str) -> str:
    """The policy as it ships, at home in these systems, and with no wait before an erasure."""

    def at_home(found: re.Match[str]) -> str:
        return f"{found[1]}systems = {json.dumps(LIVES[found[2]].split())}"

    moved = re.sub(r'(?m)^(\[categories\."([^"]+)"\]\n)systems = \[[^\]]*\]', at_home, by_code(shipped))
    return moved.replace('hold_before_erasure = "PT24H"', 'hold_before_erasure = "PT0S"')


def systems_toml(folder: Path, standins: str, processor: str, imap: int) -> str:
    """The data map. `standins` and `processor` are addresses, `imap` a port."""
    return f"""
[azure_blob]
kind = "azure_blob"
title = "Cloud storage (Azure)"
base_url = "{standins}/azure_blob"
secret = "env:AZURE"
needs = ["customer_id"]
default_category = "project communications"
buckets = [{{ name = "{BUCKET}", prefixes = ["clients/{{customer_id}}/"] }}]

[declared]
kind = "declared"
title = "Customer records"
base_url = "{standins}/declared"
secret = "env:DECLARED"
headers = {{ Authorization = "Bearer {{secret}}" }}
learns = ["customer_id"]

[declared.things.people]
category = "contact information and communications"
identifiers = {{ email = "/email", customer_id = "/number" }}
dates = {{ created = "/created" }}
find = {{ by = "email", path = "/people", query = {{ email = "{{email}}" }}, records = "/people" }}
read = {{ path = "/people/{{id}}" }}
record = "/item"
erase = {{ path = "/people/{{id}}" }}
gone = {{ status = [404], at = "/error/code", says = "not_found" }}

[drive]
kind = "drive"
title = "Google Drive"
base_url = "{standins}/drive"
token_url = "{standins}/drive/token"
secret = "env:GA4_SERVICE_ACCOUNT"
needs = ["customer_id"]
folders = [{{ root = "clients", name = "Client {{customer_id}}" }}]

[figma]
kind = "figma"
title = "Figma"
base_url = "{standins}/figma"
scim_url = "{standins}/figma/scim/v2"
secret = "env:FIGMA_TOKEN"
learns = ["figma_user_id"]
team_ids = ["{TEAM}"]
tenant_id = "tenant"
requests_per_second = 1000.0

[ga4]
kind = "ga4"
title = "Google Analytics"
base_url = "{standins}/ga4"
secret = "env:GA4_SERVICE_ACCOUNT"
needs = ["client_id", "user_id"]
properties = ["{PROPERTY}"]
bigquery_project = "standin"
bigquery_url = "{standins}/ga4"
token_url = "{standins}/ga4/token"

[gcs]
kind = "gcs"
title = "Cloud storage (Google)"
base_url = "{standins}/gcs"
token_url = "{standins}/gcs/token"
secret = "env:GA4_SERVICE_ACCOUNT"
needs = ["customer_id"]
default_category = "project communications"
buckets = [{{ name = "{BUCKET}", prefixes = ["clients/{{customer_id}}/"] }}]

[imap]
kind = "imap"
title = "Mailbox (hello@opensession.co)"
base_url = "imap://127.0.0.1:{imap}"
secret = "env:MAILBOX"
user = "{MAILBOX}"
own = ["@opensession.co"]

[klaviyo]
kind = "klaviyo"
title = "Email platform (Klaviyo)"
base_url = "{standins}/klaviyo"
secret = "env:KLAVIYO"
learns = ["customer_id"]
requests_per_second = 1000.0

[linkedin]
kind = "linkedin"
title = "LinkedIn (audiences and Insight Tag)"
base_url = "{standins}/linkedin/rest"
secret = "env:LINKEDIN"
ad_accounts = ["{linkedin.ACCOUNT}"]
version = "{linkedin.VERSION}"
insight_tags = ["{TAG}"]
requests_per_second = 1000.0

[mailchimp]
kind = "mailchimp"
title = "Email platform (Mailchimp)"
base_url = "{standins}/mailchimp/3.0"
secret = "env:MAILCHIMP_API_KEY"
learns = ["customer_id", "client_id"]
customer_id_merge_field = "CUSTOMERID"
client_id_merge_field = "GACLIENTID"

[meta]
kind = "meta"
title = "Meta (lead forms and audiences)"
base_url = "{standins}/meta/v26.0"
secret = "env:META"
ad_accounts = ["{AD_ACCOUNT}"]
pages = ["{PAGE}"]
pixels = ["{PIXEL}"]

[notion]
kind = "notion"
title = "Notion"
base_url = "{standins}/notion/v1"
secret = "env:NOTION_TOKEN"
files_url = "{standins}/notion/files/"
requests_per_second = 1000.0
data_sources = [{{ id = "{TABLE}", email_property = "Email", name_property = "Name" }}]

[opendsr]
kind = "opendsr"
title = "Product analytics (Example Processor)"
base_url = "{processor}/v2"
secret = "env:OPENDSR"
processor_domain = "{DOMAIN}"
trusted_ca = "{folder / "authority.pem"}"
regulation = "ccpa"
category = "cookies and tracking"

[person]
kind = "person"
title = "Workshop lists"
category = "workshop attendance"
instructions = "Look in the lists of workshops for {{identifiers}}. {{what}}"

[s3]
kind = "s3"
title = "Cloud storage (S3)"
base_url = "http://127.0.0.1:1"
secret = "env:S3_CREDENTIALS"
needs = ["customer_id"]
default_category = "project communications"
buckets = [{{ name = "{BUCKET}", prefixes = ["clients/{{customer_id}}/"] }}]

[sprout]
kind = "sprout"
title = "Sprout Social"
base_url = "{standins}/sprout/v1"
secret = "env:SPROUT"
customer_id = "{sprout.CUSTOMER}"
groups = ["2001"]
since = 2026-01-01
requests_per_second = 1000.0

[sql]
kind = "sql"
title = "Business records"
secret = "env:SQL"
learns = ["customer_id"]

[sql.tables.contacts]
key = "id"
category = "contact information and communications"
identifiers = {{ email = "email", customer_id = "number", name = "full_name" }}
export = ["id", "number", "email", "full_name", "notes"]
erase = "anonymise"
anonymise = {{ email = "erased-{{key}}@invalid", full_name = "erased" }}
empty = ["number", "notes"]

[sql.tables.calls]
key = "id"
category = "contact information and communications"
via = {{ column = "contact_id", table = "contacts" }}
export = ["id", "said"]

[stripe]
kind = "stripe"
title = "Payment processor (Stripe)"
base_url = "{standins}/stripe"
secret = "env:STRIPE"
learns = ["customer_id"]
requests_per_second = 1000.0

[training_corpus]
kind = "training_corpus"
title = "AI training corpus"
manifest = "{corpus(folder)}"
"""
