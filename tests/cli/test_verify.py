"""`cis-insights verify` on a local cloud: set-ups that were made by boto3, as anybody makes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cfnlint.jsonschema import StandardValidator
from click.testing import CliRunner, Result

from cli.main import main
from dev.deployment import create_trail_bucket
from local_cloud import LocalCloud

from ..support.evidence import DRILL
from ..support.metric_alarms import put_alarm
from ..support.set_ups import VERSION, catalogue, exact

GROUP, REGION = "cloudtrail", "us-east-1"
SCHEMA = json.loads(Path("docs/verify.schema.json").read_text(encoding="utf-8"))
CONTROLS = [one for one in catalogue().values() if VERSION in one.cis]


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    """A cloud with every control of the benchmark watched, made by hand."""
    with LocalCloud() as running:
        create_trail_bucket(running, "records")
        _trail(running)
        topic = _topic(running, "alarms")
        for control in CONTROLS:
            for number, pattern in enumerate(control.patterns):
                _filter(running, f"{control.id}-{number}", pattern.text, control.id)
            put_alarm(running, control.id, AlarmActions=[topic])
        yield running


@pytest.fixture
def environment(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    monkeypatch.setattr("cli.loading.load_catalogue", lambda *_: catalogue())
    for name, value in cloud.environment().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return cloud


def _trail(cloud: LocalCloud) -> None:
    cloud.client("logs").create_log_group(logGroupName=GROUP)
    trails = cloud.client("cloudtrail")
    trails.create_trail(
        Name="events",
        S3BucketName="records",
        IsMultiRegionTrail=True,
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{REGION}:{cloud.account}:log-group:{GROUP}:*",
        CloudWatchLogsRoleArn=f"arn:aws:iam::{cloud.account}:role/delivers",
    )
    trails.start_logging(Name="events")


def _topic(cloud: LocalCloud, name: str) -> str:
    sns = cloud.client("sns")
    arn: str = sns.create_topic(Name=name)["TopicArn"]
    queue = cloud.client("sqs").create_queue(QueueName=name)["QueueUrl"].rsplit("/", 1)[1]
    endpoint = f"arn:aws:sqs:{REGION}:{cloud.account}:{queue}"
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=endpoint)
    return arn


def _filter(cloud: LocalCloud, name: str, pattern: str, metric: str, group: str = GROUP) -> None:
    to = {"metricName": metric, "metricNamespace": "CIS", "metricValue": "1", "defaultValue": 0}
    cloud.client("logs").put_metric_filter(
        logGroupName=group, filterName=name, filterPattern=pattern, metricTransformations=[to]
    )


def verify(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["verify", *arguments])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def shown(name: str) -> str:
    """A screen of the page of documentation, without its command."""
    page = Path("docs/verify.md").read_text(encoding="utf-8")
    screen = page.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]
    return screen.partition("```text\n")[2].rpartition("```")[0].partition("\n")[2]


def _timeless(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "NOW", text)


def test_a_set_up_made_by_hand_holds(environment: LocalCloud) -> None:
    result = verify()
    assert _timeless(result.output) == _timeless(shown("sound"))
    assert result.exit_code == 0


def test_the_same_is_there_for_programs(environment: LocalCloud) -> None:
    found = json.loads(verify("--json").output)
    assert (found["account"], found["region"], found["holds"]) == (environment.account, REGION, True)
    (root,) = [one for one in found["controls"] if one["id"] == "root-account-usage"]
    assert root["section"] == "4.3"
    assert root["metrics"][0]["agreement"] == "exact"
    assert root["metrics"][0]["filters"][0]["pattern"] == exact("root-account-usage")
    (alarm,) = root["metrics"][0]["alarms"]
    (subscriber,) = alarm["notified"]
    assert subscriber["protocol"] == "sqs"
    assert subscriber["endpoint"] == f"arn:aws:sqs:{REGION}:{environment.account}:alarms"
    assert (subscriber["confirmed"], subscriber["is_looked_up"]) == (None, True)


def test_what_is_on_record_is_read_and_a_drill_is_cited(environment: LocalCloud, tmp_path: Path) -> None:
    cloudwatch = environment.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName="vpc-changes", StateValue="ALARM", StateReason="drill")
    cloudwatch.set_alarm_state(AlarmName="vpc-changes", StateValue="OK", StateReason="drill")
    drill = tmp_path / "drill.json"
    drill.write_text(json.dumps({**DRILL, "account": environment.account, "region": REGION}))
    found = json.loads(verify("--json", "--drill", str(drill)).output)
    assert [error.message for error in StandardValidator(schema=SCHEMA).iter_errors(found)] == []
    assert found["caller"].startswith(f"arn:aws:iam::{environment.account}:")
    assert found["notes"] == []
    assert found["drill"]["id"] == DRILL["id"]
    fired = {
        one["id"]: one["metrics"][0]["alarms"][0]["fired"] for one in found["controls"] if one["metrics"]
    }
    assert fired["vpc-changes"]["succeeded"] == 1
    assert (fired["config-changes"] or {"time": None})["time"] is None


def test_a_drill_of_another_region_is_refused(environment: LocalCloud, tmp_path: Path) -> None:
    drill = tmp_path / "drill.json"
    drill.write_text(json.dumps({**DRILL, "account": environment.account}))
    result = verify("--json", "--drill", str(drill))
    of, here = f"{environment.account}, eu-west-1", f"{environment.account}, {REGION}"
    assert result.output == (
        f"Error: {drill}: a drill of {of}, and what is verified is {here}\n"
        "    hint: name the drill of this account and Region\n"
    )
    assert result.exit_code == 2


def test_the_faults_of_others_are_found_with_what_mends_them(environment: LocalCloud) -> None:
    cloud = environment
    logs, cloudwatch = cloud.client("logs"), cloud.client("cloudwatch")
    logs.create_log_group(logGroupName="nobody-feeds-this")
    empty = cloud.client("sns").create_topic(Name="empty")["TopicArn"]
    _filter(cloud, "unauthorized-api-calls-0", PRECEDENCE, "unauthorized-api-calls")
    put_alarm(cloud, "console-login-without-mfa", Statistic="Average", Threshold=5)
    cloudwatch.disable_alarm_actions(AlarmNames=["root-account-usage"])
    put_alarm(cloud, "iam-policy-changes", MetricName="acme-iam-policy-changes", AlarmActions=[empty])
    put_alarm(cloud, "cloudtrail-changes", AlarmActions=[empty])
    logs.delete_metric_filter(logGroupName=GROUP, filterName="config-changes-0")
    _filter(cloud, "config", exact("config-changes"), "config-changes", "nobody-feeds-this")
    result = verify()
    assert _timeless(result.output) == _timeless(shown("faults"))
    assert result.exit_code == 1


PRECEDENCE = (
    '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")'
    ' && ($.sourceIPAddress != "delivery.logs.amazonaws.com") }'
)
