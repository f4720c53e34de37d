"""Templates where CloudFormation reads them: most are larger than a request takes."""

from __future__ import annotations

import hashlib

from local_cloud import LocalCloud

BUCKET = "templates"


def put_template(cloud: LocalCloud, text: str, *, bucket: str = BUCKET, key: str = "") -> str:
    """The URL of a template that is put into a bucket."""
    key = key or f"{hashlib.sha256(text.encode()).hexdigest()}.json"
    s3 = cloud.client("s3")
    if bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=key, Body=text.encode())
    return f"https://s3.us-east-1.amazonaws.com/{bucket}/{key}"
