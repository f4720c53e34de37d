"""A trail with a log group of its own."""

from __future__ import annotations

import json
from typing import Any

from local_cloud import LocalCloud

ROLE = "arn:aws:iam::111122223333:role/delivery"


class Trail:
    """A trail with a log group of its own."""

    def __init__(self, cloud: LocalCloud, name: str, *, logging: bool = True, **options: Any) -> None:
        self.name, self.logs, self.cloudtrail = name, cloud.client("logs"), cloud.client("cloudtrail")
        self.logs.create_log_group(logGroupName=name)
        self.group = self.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["arn"]
        self.created = self.cloudtrail.create_trail(
            Name=name,
            S3BucketName="records",
            CloudWatchLogsLogGroupArn=self.group,
            CloudWatchLogsRoleArn=ROLE,
            **options,
        )
        if logging:
            self.cloudtrail.start_logging(Name=name)

    def records(self, *names: str) -> list[dict[str, Any]]:
        events = self.logs.filter_log_events(logGroupName=self.name)["events"]
        found = [json.loads(event["message"]) for event in events]
        return [record for record in found if record["eventName"] in names]

    def record(self, name: str) -> dict[str, Any]:
        [record] = self.records(name)
        return record


def create_vpc(cloud: LocalCloud, region: str) -> str:
    return str(cloud.client("ec2", region).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])
