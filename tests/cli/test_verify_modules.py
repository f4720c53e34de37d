"""Five public modules on the local cloud, each in an account of its own: the verdicts of their files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import main
from dev.deployment import create_trail_bucket
from local_cloud import LocalCloud

from ..support.modules import MODULES, Module
from ..support.set_ups import catalogue
from ..verification.test_modules import check_document

GROUP, REGION = "cloudtrail", "us-east-1"


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        yield running


class _Account:
    """Clients of an account, and a trail that feeds a log group."""

    def __init__(self, cloud: LocalCloud, account: str) -> None:
        self.cloud, self.account = cloud, account
        create_trail_bucket(cloud, f"records-{account}")
        self.client("logs").create_log_group(logGroupName=GROUP)
        trails = self.client("cloudtrail")
        trails.create_trail(
            Name="events",
            S3BucketName=f"records-{account}",
            IsMultiRegionTrail=True,
            CloudWatchLogsLogGroupArn=f"arn:aws:logs:{REGION}:{account}:log-group:{GROUP}:*",
            CloudWatchLogsRoleArn=f"arn:aws:iam::{account}:role/delivers",
        )
        trails.start_logging(Name="events")

    def client(self, service: str) -> Any:
        return self.cloud.client(service, account=self.account)

    def deploy(self, module: Module) -> None:
        """Makes what a module makes, and somebody to notify."""
        sns = self.client("sns")
        topic = sns.create_topic(Name="alarms")["TopicArn"]
        self.client("sqs").create_queue(QueueName="soc")
        queue = f"arn:aws:sqs:{REGION}:{self.account}:soc"
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
        for one in module.list_filters():
            self.client("logs").put_metric_filter(**one)
        for one in module.list_alarms():
            self.client("cloudwatch").put_metric_alarm(**one, AlarmActions=[topic])


@pytest.mark.parametrize("module", MODULES)
def test_what_it_deploys_has_the_faults_of_its_files(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    account = f"{list(MODULES).index(module) + 1:012}"
    _Account(cloud, account).deploy(MODULES[module])
    monkeypatch.setattr("cli.main.load_catalogue", lambda *_: catalogue())
    environment = {**cloud.environment(), "AWS_ACCESS_KEY_ID": account}
    for name in (one for one in environment if one.startswith("AWS_")):
        monkeypatch.setenv(name, environment[name])
    result = CliRunner().invoke(main, ["verify", "--json"])
    found = json.loads(result.output)
    assert found["account"] == account
    check_document(module, found)
    assert result.exit_code == 1
