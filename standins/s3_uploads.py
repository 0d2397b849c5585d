"""Uploads in parts, and the rules of replication, as the S3 stand-in answers about them."""

from itertools import count
from urllib.parse import quote

from aiohttp import web

from standins.s3_store import Begun, Bucket, S3Error
from standins.s3_xml import answer, moment

MOST = 1000


def listed(bucket: Bucket, name: str, request: web.Request) -> web.Response:
    """GET ?uploads: by key, and by the moment of their beginning within one."""
    query = request.query
    if "delimiter" in query:
        raise S3Error("NotImplemented", 501)
    coded = quote if query.get("encoding-type") == "url" else str
    most = min(int(query.get("max-uploads", MOST)), MOST)
    prefix, key, upload = query.get("prefix", ""), query.get("key-marker", ""), query.get("upload-id-marker", "")
    every = sorted(bucket.uploads, key=lambda u: (u.key.encode(), u.initiated, u.upload_id))
    ids = [u.upload_id for u in every if u.key == key]
    behind = set(ids[ids.index(upload) + 1 :]) if upload in ids else set[str]()
    rest = [
        u
        for u in every
        if u.key.startswith(prefix) and (u.key.encode() > key.encode() or (u.key == key and u.upload_id in behind))
    ]
    shown, truncated = rest[:most], len(rest) > most
    members = {
        "Bucket": name,
        "Prefix": coded(prefix),
        "KeyMarker": coded(key),
        "UploadIdMarker": upload,
        "NextKeyMarker": coded(shown[-1].key) if truncated else None,
        "NextUploadIdMarker": shown[-1].upload_id if truncated else None,
        "MaxUploads": most,
        "EncodingType": query.get("encoding-type"),
        "IsTruncated": truncated,
        "Upload": [
            {
                "Key": coded(u.key),
                "UploadId": u.upload_id,
                "Initiated": moment(u.initiated),
                "StorageClass": "STANDARD",
                "Initiator": {"ID": "standin", "DisplayName": "standin"},
                "Owner": {"ID": "standin", "DisplayName": "standin"},
            }
            for u in shown
        ],
    }
    return answer("ListMultipartUploadsResult", members)


def begin(bucket: Bucket, name: str, key: str) -> web.Response:
    """POST ?uploads."""
    used = {u.upload_id for u in bucket.uploads}
    upload_id = next(i for i in map("u{:08}".format, count(1)) if i not in used)
    bucket.uploads.append(Begun(key=key, upload_id=upload_id))
    return answer("InitiateMultipartUploadResult", {"Bucket": name, "Key": key, "UploadId": upload_id})


def parts(begun: Begun, name: str, request: web.Request) -> web.Response:
    """GET ?uploadId."""
    after, most = int(request.query.get("part-number-marker", 0)), min(int(request.query.get("max-parts", MOST)), MOST)
    rest = sorted(number for number in begun.parts if number > after)
    shown, truncated = rest[:most], len(rest) > most
    members = {
        "Bucket": name,
        "Key": begun.key,
        "UploadId": begun.upload_id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1] if truncated else None,
        "MaxParts": most,
        "IsTruncated": truncated,
        "StorageClass": "STANDARD",
        "Part": [
            {"PartNumber": n, "LastModified": moment(begun.initiated), "ETag": '"part"', "Size": begun.parts[n]}
            for n in shown
        ],
    }
    return answer("ListPartsResult", members)


def replication(bucket: Bucket) -> web.Response:
    """GET ?replication."""
    if not bucket.replication:
        raise S3Error("ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found")
    rules = [
        {
            "ID": f"rule {number}",
            "Priority": number,
            "Status": rule.status,
            "Filter": {"Prefix": rule.prefix},
            "Destination": {"Bucket": rule.bucket, "Account": rule.account or None},
            "DeleteMarkerReplication": {"Status": "Disabled"},
        }
        for number, rule in enumerate(bucket.replication)
    ]
    return answer("ReplicationConfiguration", {"Role": "arn:aws:iam::123456789012:role/copies", "Rule": rules})
