"""AWS::S3::Bucket with the properties that MiniStack ignores: encryption, lifecycle, access logs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
"""

from __future__ import annotations

from typing import Any

from botocore.serialize import create_serializer  # type: ignore[import-untyped]  # botocore has no types

from ..ministack import load_module
from ..protocol.messages import load_service_model

Properties = dict[str, Any]
_RENAMED = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault", "Id": "ID"}


def configure(name: str, properties: Properties) -> None:
    """Applies a bucket's properties from a template by S3's own operations."""
    if encryption := properties.get("BucketEncryption"):
        rules = [_rename(rule) for rule in encryption["ServerSideEncryptionConfiguration"]]
        if all(map(_has_key, rules)):
            _put(name, "BucketEncryption", "ServerSideEncryptionConfiguration", {"Rules": rules})
    if lifecycle := properties.get("LifecycleConfiguration"):
        rules = [_convert_rule(number, rule) for number, rule in enumerate(lifecycle["Rules"], 1)]
        _put(name, "BucketLifecycleConfiguration", "LifecycleConfiguration", {"Rules": rules})
    if logging := properties.get("LoggingConfiguration"):
        target = {
            "TargetBucket": logging.get("DestinationBucketName", name),
            "TargetPrefix": logging.get("LogFilePrefix", ""),
        }
        _put(name, "BucketLogging", "BucketLoggingStatus", {"LoggingEnabled": target})


def _has_key(rule: Properties) -> bool:
    """Whether MiniStack has the key of a rule: it lacks S3's own key, and refuses writes with it."""
    default = rule["ApplyServerSideEncryptionByDefault"]
    return default["SSEAlgorithm"] != "aws:kms" or "KMSMasterKeyID" in default


def _put(name: str, what: str, parameter: str, value: Properties) -> None:
    operation = load_service_model("s3").operation_model(f"Put{what}")
    request = create_serializer("rest-xml").serialize_to_request(
        {"Bucket": name, parameter: value}, operation
    )
    status, _, body = getattr(load_module("services.s3"), _FUNCTIONS[what])(name, request["body"])
    if status >= 300:
        raise ValueError(f"Put{what}: {body!r}")


_FUNCTIONS = {
    "BucketEncryption": "_put_bucket_encryption",
    "BucketLifecycleConfiguration": "_put_bucket_lifecycle",
    "BucketLogging": "_put_bucket_logging",
}


def _convert_rule(number: int, rule: Properties) -> Properties:
    """A lifecycle rule: templates have days where the API has structures."""
    own = {
        key: value for key, value in rule.items() if key not in ("ExpirationInDays", "Transitions", "Prefix")
    }
    found = {"ID": f"rule-{number}", **_rename(own), "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "ExpirationInDays" in rule:
        found["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if "Transitions" in rule:
        found["Transitions"] = [
            {"Days": int(one["TransitionInDays"]), "StorageClass": one["StorageClass"]}
            for one in rule["Transitions"]
        ]
    return found


def _rename(value: Properties) -> Properties:
    return {_RENAMED.get(key, key): item for key, item in value.items()}
