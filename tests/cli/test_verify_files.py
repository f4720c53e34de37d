"""`cis-insights verify FILE..`: templates of CloudFormation, judged without an account."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..support.set_ups import catalogue, exact
from ..support.verify_files import HEAD, flat, line_of, template, verify, write

ROOT, DENIED, GROUPS = "root-account-usage", "unauthorized-api-calls", "security-group-changes"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder; the catalogue is loaded once for all tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cli.loading.load_catalogue", lambda *_: catalogue())


def test_a_template_in_which_everything_holds() -> None:
    result = verify(write(template()))
    lines = result.output.splitlines()
    assert (lines[0], lines[-1]) == ("files: CIS 5.0.0", "15 of 15 controls of CIS 5.0.0 hold")
    assert {line[:5] for line in lines[3:-2]} == {"ok   "}
    assert "ok     4.3  root-account-usage               exact   1 in 5m  1 email" in lines
    assert result.exit_code == 0


def test_each_fault_has_its_line() -> None:
    text = template(security_group_changes=exact(GROUPS))
    result = verify(write(text))
    pattern = line_of(text, "  SecurityGroupChangesFilter0") + 4
    assert flat(result).partition("1 email 4.10 ")[2].partition(" hint: ")[0] == (
        f"security-group-changes error alarms.yaml:{pattern}: the filter SecurityGroupChangesFilter0: an"
        ' event is not counted event: {"eventName": "ModifySecurityGroupRules"}'
    )
    assert all(len(line) <= 80 for line in result.output.splitlines() if "hint: " not in line)
    assert result.exit_code == 1


def test_parameters_have_their_defaults_unless_they_are_given() -> None:
    name = write(template())
    assert verify(name).exit_code == 0
    result = verify(name, "--parameter", "Mail=")
    assert "ok     4.3  root-account-usage               exact   1 in 5m  nobody" in result.output
    line = line_of(template(), "  Topic:")
    assert f"warning alarms.yaml:{line}: the topic soc-alarms has no subscriber in these files" in flat(
        result
    )


def test_a_topic_may_be_in_another_file() -> None:
    topic, alarms = HEAD, template()
    resources = alarms.partition("  UnauthorizedApiCallsFilter0")
    rest = "Parameters: {Name: {Type: String, Default: soc}, Group: {Type: String}}\nResources:\n"
    rest += (resources[1] + resources[2]).replace(
        "!Ref Topic", "!Sub 'arn:aws:sns:${AWS::Region}:${AWS::AccountId}:soc-alarms'"
    )
    alone = verify(write(rest, "rest.yaml"))
    assert "ok     4.3  root-account-usage               exact   1 in 5m  ?" in alone.output
    both = verify(write(topic, "topic.yaml"), "rest.yaml")
    assert "ok     4.3  root-account-usage               exact   1 in 5m  1 email" in both.output


def test_only_some_controls_have_to_hold() -> None:
    text = template(security_group_changes=exact(GROUPS))
    name = write(text)
    assert verify(name, "--control", ROOT).exit_code == 0
    assert verify(name, "--control", GROUPS).exit_code == 1
    result = verify(name, "--control", "nothing")
    assert (result.exit_code, "no control is called nothing" in result.output) == (2, True)


def test_an_older_benchmark_may_be_asked_for() -> None:
    name = write(template(security_group_changes=exact(GROUPS)))
    assert verify(name, "--benchmark-version", "4.0.0").exit_code == 0
    result = verify(name, "--benchmark-version", "9")
    assert (result.exit_code, "'9' is not a version of the benchmark: 1.2.0, 1.4.0" in result.output) == (
        2,
        True,
    )


def test_a_log_group_that_the_template_makes_and_no_trail_feeds_is_said() -> None:
    made = "  Logs:\n    Type: AWS::Logs::LogGroup\n    Properties: {LogGroupName: own}\n"
    text = template().replace("!Ref Group", "!Ref Logs") + made
    result = verify(write(text))
    assert "warning  no trail in these files feeds the log group own\n" in result.output
    trail = (
        "  Trail:\n    Type: AWS::CloudTrail::Trail\n    Properties:\n      IsMultiRegionTrail: true\n"
        "      IsLogging: true\n      S3BucketName: b\n      CloudWatchLogsLogGroupArn: !GetAtt Logs.Arn\n"
    )
    fed = verify(write(text + trail))
    assert "no trail in these files" not in fed.output
    assert "ok       feeds the log group own\n" in fed.output
    assert fed.exit_code == 0
    elsewhere = verify(
        write(
            text
            + trail.replace("!GetAtt Logs.Arn", "!GetAtt Other.Arn")
            + made.replace("  Logs:", "  Other:").replace("own", "other")
        )
    )
    assert "which no trail feeds" in flat(elsewhere)
    assert elsewhere.exit_code == 1


def test_json_says_file_and_line() -> None:
    text = template(root_account_usage='{ $.userIdentity.type = "Root" }')
    found = json.loads(verify(write(text), "--json").output)
    (root,) = [one for one in found["controls"] if one["id"] == ROOT]
    line = line_of(text, "  RootAccountUsageFilter0") + 4
    assert found["account"] is None
    assert root["findings"] == [
        {
            "level": "warning",
            "text": "the filter RootAccountUsageFilter0: an event counts that the control does not ask for",
            "event": {"userIdentity": {"type": "Root"}},
            "source": {"path": "alarms.yaml", "line": line},
        }
    ]


def test_github_gets_a_command_for_each_fault_and_text_cannot_end_it() -> None:
    text = template(security_group_changes=exact(GROUPS))
    result = verify(write(text, "a,b:c.yaml"), "--format", "github")
    line = line_of(text, "  SecurityGroupChangesFilter0") + 4
    patterns = " and ".join(one.text for one in catalogue()[GROUPS].patterns)
    assert result.output == (
        f"::error file=a%2Cb%3Ac.yaml,line={line},title=4.10 Security group changes::"
        "the filter SecurityGroupChangesFilter0: an event is not counted%0A"
        'event: {"eventName": "ModifySecurityGroupRules"}%0A'
        f"hint: the patterns: {patterns}\n"
    )
    assert verify(write(template()), "--format", "github").output == ""


def test_sarif_names_rule_place_and_level() -> None:
    text = template(security_group_changes=exact(GROUPS))
    document = json.loads(verify(write(text), "--format", "sarif").output)
    (run,) = document["runs"]
    (found,) = run["results"]
    assert document["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [GROUPS]
    assert (found["ruleId"], found["level"]) == (GROUPS, "error")
    assert found["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "alarms.yaml"},
                "region": {"startLine": line_of(text, "  SecurityGroupChangesFilter0") + 4},
            }
        }
    ]
    clean = json.loads(verify(write(template()), "--format", "sarif").output)
    assert clean["runs"][0]["results"] == []


UNREADABLE: dict[str, tuple[str | bytes, str]] = {
    "broken": ("Resources: [", "x.yaml:2: error: did not find expected node content"),
    "no resources": ("a: 1\n", "x.yaml:1: error: this has no Resources: neither a template nor a plan"),
    "a list": ("- 1\n", "x.yaml:1: error: this has no Resources: neither a template nor a plan"),
    "twice": ("Resources: {}\nResources: {}\n", "x.yaml:1: error: Duplicate found 'Resources' (line 1)"),
    "not text": (b"\xff\xfe\x00", "x.yaml:1: error: this is not UTF-8"),
    "endless": (
        "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: !GetAtt A.TopicName}\n",
        "x.yaml:1: error: functions within functions beyond the bounds",
    ),
    "deep": (
        "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: "
        + "!Join ['', [" * 60
        + "a"
        + "]]" * 60,
        "x.yaml:1: error: functions within functions beyond the bounds",
    ),
    "not an alarm": (
        "Resources:\n  A:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {Metrics: [1]}\n",
        "x.yaml:2: error: A is not an alarm of CloudFormation",
    ),
    "not a plan": (
        '{"planned_values": {"root_module": {"resources": [1]}}}',
        "x.yaml:1: error: this is not a plan as `terraform show -json` writes it",
    ),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_said_with_its_place(case: str) -> None:
    text, message = UNREADABLE[case]
    Path("x.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    result = verify("x.yaml")
    assert (result.output, result.exit_code) == (f"Error: {message}\n", 1)


def test_a_missing_file_and_options_of_accounts_are_refused() -> None:
    assert verify("none.yaml").output == "Error: none.yaml: No such file or directory\n"
    for option in ("--profile", "--region"):
        result = verify("none.yaml", option, "x")
        assert "--profile and --region are of an account: leave them out with files" in result.output
    assert "'x' is not NAME=VALUE" in verify("none.yaml", "--parameter", "x").output
    assert "--parameter is of templates: name their files" in verify("--parameter", "a=b").output
