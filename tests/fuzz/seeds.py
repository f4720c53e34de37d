"""Where each target begins: what is right, what was wrong once, and the words of each language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ..support import insights
from ..support.evidence import DRILL
from ..support.verify_files import HEAD

# What inputs are made of; a `␣` stands for a blank.
WORDS = r"""
filter␣ where␣ fields␣ display␣ stats␣count(*)␣by␣ sort␣ limit␣5 dedup␣a | parse␣a␣"x*"␣as␣b
parse␣a␣/(?<b>x)/ and␣ or␣ not␣ ( ) [ ] , "x" " ' /a.*b/ / like␣ =~ in␣ not␣in␣ = != < a.b a 5 1e9 -
ispresent( coalesce( if( case( bin(5m) {{p}} {{ `a␣b` ` # \ é * @message as␣
"""
PATTERN_WORDS = r"""
{ } ( ) && || $. $.a [0] [*] .* .[' '] = != <= " "x" % %a{1,5}% * IS␣TRUE IS␣NULL NOT␣EXISTS 1e9 \ | ^ $ é
"""
HEADER_WORDS = """
#␣ title:␣ why:␣ respond:␣ severity:␣ alarm:␣1␣in␣5m cis:␣5.0.0=4.1 security-hub:␣ pattern:␣{ cis-pattern:␣{
covers-more:␣ default:␣on parameter:␣p␣=␣x␣|␣y still-open:␣aws␣ undo:␣A,␣B:␣aws␣ec2␣{user}
"""
JSON_WORDS = r"""
{ } [ ] , : " null true NaN -Infinity 1e999 -0.0 "\ud800" "\u0000" "Records" "eventTime" "errorCode"
"AccessDenied" {"a":
"""
SETTING_WORDS = """
subscribers log-group-name controls tags vpc-changes: exclude threshold = : off all -high [" "] { prefix
query-folders trail new ²
"""
TEMPLATE_WORDS = """
Resources: Parameters: Conditions: Type: Properties: AWS::SNS::Topic AWS::CloudWatch::Alarm [ ]
AWS::Logs::MetricFilter AWS::CloudTrail::Trail AWS::KMS::Key !Ref !Sub␣"${A}" !GetAtt␣A.Arn !If !Join
{"Fn::Join": FilterPattern: Metrics: MetricTransformations: AlarmActions: Dimensions: KmsMasterKeyId:
alias/aws/sns Statement: Principal: Condition: * planned_values root_module resources configuration
references module_calls expressions metric_transformation
"""
_TEMPLATES = (
    '{"Resources": {"A": {"Type": "AWS::Logs::MetricFilter", "Properties": {"FilterPattern": "{ $.a = 1 }",'
    ' "LogGroupName": {"Ref": "G"}, "MetricTransformations": [{"MetricName": "M", "MetricNamespace": "N"}]}},'
    ' "B": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "M", "Namespace": "N",'
    ' "AlarmActions": [{"Ref": "T"}]}}, "T": {"Type": "AWS::SNS::Topic"}}}',
    '{"planned_values": {"root_module": {"resources": [{"address": "a.b", "type":'
    ' "aws_cloudwatch_log_metric_filter", "values": {"pattern": "{ $.a = 1 }", "metric_transformation":'
    ' [{"name": "M", "namespace": "N"}]}}, {"address": "c.d", "type": "aws_cloudwatch_metric_alarm",'
    ' "values": {"metric_name": "M", "namespace": "N"}}]}}, "configuration": {"root_module": {}}}',
)
UNSEEN = ["\n", "\r\n", "\x00", "\ufeff", "\u202e", "\x1b[31m", "9" * 400]
_SETTINGS = (
    "prefix=soc\nvpc-changes:threshold=5\nvpc-changes:exclude=userIdentity.arn like /ci/",
    "controls=vpc-changes,config-changes\ntags=team=soc\ndashboards=off\nsubscribers-high=a@b.cd",
    '{"controls-off": ["vpc-changes"], "vpc-changes:period": 60, "extended": "all", "tags": {"a": "b"}}',
    '{"vpc-changes:exclude": ["a = 1", ""], "topic-arn": "arn:aws:sns:eu-west-1:111122223333:t"}',
)


def _queries() -> Iterator[str]:
    for case in insights.cases():
        yield f"filter {case.text}" if case.kind in ("match", "nomatch") else case.text


def _files() -> Iterator[str]:
    return (path.read_text(encoding="utf-8") for path in sorted(Path("queries").rglob("*.cwli")))


def _patterns() -> Iterator[str]:
    table = Path("tests/cases/patterns.txt").read_text(encoding="utf-8")
    for line in table.splitlines():
        key, _, text = line.partition(": ")
        if key in ("match", "nomatch", "invalid"):
            yield text


def _deliveries() -> Iterator[str]:
    """The first character chooses the name, see the target."""
    records = [json.loads(path.read_text()) for path in sorted(Path("tests/events").glob("*/match/0-*.json"))]
    yield "\x00" + json.dumps({"Records": records[:3]})
    yield "\x01" + json.dumps({"Records": [{**records[0], "userIdentity": None, "errorCode": [1]}, 1, None]})
    yield "\x02" + "\n".join(map(json.dumps, records[:3]))
    yield "\x03" + json.dumps(records[3])


def _recorded() -> Iterator[str]:
    paths = sorted(Path("tests/events").glob("*/*match/*.json"))
    yield from (path.read_text() for path in paths[::20])


def _agreeing() -> Iterator[str]:
    for case in insights.cases():
        if case.kind in ("match", "nomatch"):
            yield f"{case.text}\0{json.dumps(case.event)}"


def _templates() -> Iterator[str]:
    yield HEAD
    yield from _TEMPLATES


def _drills() -> Iterator[str]:
    yield json.dumps(DRILL)
    yield json.dumps({**DRILL, "controls": [], "undrilled": []})
    yield json.dumps({**DRILL, "controls": [{**DRILL["controls"][0], "what": "<img src=x>\x1b"}]})


SEEDS = {
    "query": _queries,
    "pattern": _patterns,
    "control": _files,
    "settings": lambda: iter(_SETTINGS),
    "cloudtrail": _deliveries,
    "event": _recorded,
    "agreement": _agreeing,
    "template": _templates,
    "drill": _drills,
}
DICTIONARY = {
    "query": WORDS,
    "pattern": PATTERN_WORDS,
    "control": HEADER_WORDS + WORDS,
    "settings": SETTING_WORDS,
    "cloudtrail": JSON_WORDS,
    "event": JSON_WORDS,
    "agreement": WORDS + JSON_WORDS,
    "template": TEMPLATE_WORDS + JSON_WORDS,
    "drill": " ".join([*DRILL, *DRILL["controls"][0]["steps"], JSON_WORDS]),
}


def seeds(target: str) -> list[bytes]:
    """The inputs that a target starts from."""
    return [text.encode("utf-8", "surrogateescape") for text in SEEDS[target]()]


def words(target: str) -> list[bytes]:
    """What an input of a target is made of."""
    found = [word.replace("␣", " ") for word in DICTIONARY[target].split()]
    return [word.encode() for word in [*found, *UNSEEN]]
