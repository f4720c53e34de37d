"""What the state machine of the answers knows, an alarm's events, and an AWS that answers by a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cis_insights import load_catalogue
from cis_insights.catalogue import built_in
from stacks.answer_facts import describe_control, describe_deployment
from stacks.answers.expressions import read_expression
from stacks.answers.state_machine import define_state_machine
from stacks.plan import plan
from stacks.settings import Settings, Subscriber

from .jsonata_states import evaluate
from .states_language import Execution, StateError

ID = "security-group-changes"
ACCOUNT, REGION = "111122223333", "eu-west-1"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:cis-alarms"
NAME = f"cis-{ID}"
SETTINGS = Settings(
    log_group_name="cloudtrail/logs",
    subscribers=(Subscriber("email", "soc@example.com"),),
    account_names={ACCOUNT: "prod"},
)
ROW = {
    "@timestamp": "2026-03-03 17:19:02.000",
    "a_eventSource": "ec2.amazonaws.com",
    "a_eventName": "AuthorizeSecurityGroupIngress",
    "a_user": "bob@example.com",
    "a_role": "AWSReservedSSO_AdministratorAccess_0123456789abcdef",
    "a_account": ACCOUNT,
    "a_region": REGION,
    "a_sourceIPAddress": "198.51.100.7",
    "a_userAgent": "console.ec2.amazonaws.com",
    "a_target": "sg-0abcdef1234567890",
    "a_change": "tcp 22 from 0.0.0.0/0 and ::/0",
    "a_f0": "sgr-0abcdef1234567890",
    "@ptr": "CmEKJgoiMTExMTIyMjIzMzMzOmNs",
}
GROUP = {
    "a_who": "bob@example.com",
    "a_name": "AuthorizeSecurityGroupIngress",
    "a_whose": ACCOUNT,
    "a_events": "1",
    "a_first": "1772558342000",
    "a_last": "1772558342000",
}


@cache
def facts() -> tuple[dict[str, Any], dict[str, Any]]:
    """Of a deployment with the built-in controls, and of its controls by id."""
    planned = plan(load_catalogue(built_in()), SETTINGS)
    deployment = describe_deployment(
        SETTINGS,
        {severity: [TOPIC] for severity in planned.severities},
        account=ACCOUNT,
        region=REGION,
        page="console.aws.amazon.com/cloudwatch/home?region=",
    )
    return deployment, {
        one.id: describe_control(one, one.alarm, f"id-of-{one.id}") for one in planned.controls if one.alarm
    }


def state(value: str, at: str, *, start: str = "", data: bool = True, **more: object) -> dict[str, Any]:
    """A state of an alarm, as its event has it; times like `17:20:05`, on 3 March 2026."""
    date = f"2026-03-03T{at}.812+0000"
    begin = {"startDate": f"2026-03-03T{start}.000+0000"} if start else {}
    told = {"version": "1.0", "queryDate": date, **begin, "statistic": "Sum", "period": 300, "threshold": 1.0}
    reason = {"reason": "Threshold Crossed: 1 datapoint [1.0] was greater than the threshold (1.0)."}
    return {
        "value": value,
        "timestamp": date,
        **reason,
        **({"reasonData": json.dumps(told)} if data else {}),
        **more,
    }


QUIET = state("OK", "09:00:00")
RAISED = state("ALARM", "17:20:05", start="17:15:00")


def event(
    now: Mapping[str, Any] = RAISED, before: Mapping[str, Any] = QUIET, name: str = NAME
) -> dict[str, Any]:
    """An alarm's change of state.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """
    return {
        "version": "0",
        "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": ACCOUNT,
        "time": now["timestamp"],
        "region": REGION,
        "resources": [f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"],
        "detail": {
            "alarmName": name,
            "state": dict(now),
            "previousState": dict(before),
            "configuration": {
                "description": "4.10 Security group changes (medium): why.\nWho: saved query cis/4.10",
                "metrics": [{"id": "m", "metricStat": {"metric": {"name": name, "namespace": "LogMetrics"}}}],
            },
        },
    }


def cells(row: Mapping[str, str]) -> list[dict[str, str]]:
    """A row of GetQueryResults, as Step Functions hands it over."""
    return [{"Field": name, "Value": value} for name, value in row.items()]


def tell(
    rows: Sequence[Mapping[str, str]] = (ROW,),
    groups: Sequence[Mapping[str, str]] | None = None,
    happened: Mapping[str, Any] | None = None,
    **control: object,
) -> dict[str, Any]:
    """Every variable of the states that make a message of what was found.

    Args:
        groups: who did how much, where there is more than the rows.
    """
    deployment, controls = facts()
    context = {"context": {"Execution": {"Input": happened or event()}}}
    known: dict[str, Any] = {"deployment": deployment, "controls": controls, "matched": len(rows)}

    def assign(variable: str, name: str, **result: object) -> None:
        known[variable] = evaluate(read_expression(name), states={**context, **result}, **known)

    assign("alarm", "window")
    known["control"] = {**controls[ID], **control}
    assign("rows", "rows", result={"Results": [cells(row) for row in rows]})
    if groups is None:
        assign("summary", "count_rows")
    else:
        assign("summary", "count_groups", result={"Results": [cells(row) for row in groups]})
    for name in ("commands", "answer", "subject", "text", "message"):
        assign(name, name)
    return known


@dataclass(slots=True)
class ScriptedAws:
    """Answers the calls of the state machine; what goes wrong is an error by `service:action`."""

    rows: Sequence[Mapping[str, str]] = (ROW,)
    groups: Sequence[Mapping[str, str]] = (GROUP,)
    errors: Mapping[str, Callable[[Any], str | None]] = field(default_factory=dict)
    statuses: list[str] = field(default_factory=list)  # before Complete
    query: str = f"id-of-{ID}"  # the saved query that there is
    matched: int = 0  # how many events in all, where it is more than the rows
    empty: int = 0  # how often nothing is found at first
    asked: list[Any] = field(default_factory=list)
    published: list[Any] = field(default_factory=list)

    def __call__(self, action: str, arguments: Any) -> Any:
        if (fails := self.errors.get(action)) and (name := fails(arguments)):
            raise StateError(name, "the cause")
        return getattr(self, action.partition(":")[2])(arguments)

    def describeQueryDefinitions(self, arguments: Any) -> Any:  # noqa: N802
        found = {
            "QueryDefinitionId": self.query,
            "QueryString": "filter x",
            "LogGroupNames": ["cloudtrail/logs"],
        }
        return {"QueryDefinitions": [{**found, "Name": arguments["QueryDefinitionNamePrefix"]}]}

    def startQuery(self, arguments: Any) -> Any:  # noqa: N802
        self.asked.append(arguments)
        return {"QueryId": "groups" if "stats" in arguments["QueryString"] else "rows"}

    def getQueryResults(self, arguments: Any) -> Any:  # noqa: N802
        if self.statuses:
            return {"Status": self.statuses.pop(0), "Results": [], "Statistics": {}}
        found = {"rows": self.rows, "groups": self.groups}[arguments["QueryId"]]
        if len(self.asked) <= self.empty:
            found = ()
        statistics = {"RecordsMatched": float(self.matched or len(found))}
        return {"Status": "Complete", "Results": [cells(row) for row in found], "Statistics": statistics}

    def publish(self, arguments: Any) -> Any:
        self.published.append(arguments)
        return {"MessageId": "1"}


def execute(aws: ScriptedAws, happened: Mapping[str, Any] | None = None, **deployment: object) -> Execution:
    """Runs the state machine for an alarm's event.

    Raises:
        StateError: if the execution fails.
    """
    known, controls = facts()
    machine = define_state_machine({**known, **deployment}, controls)
    execution = Execution(happened or event(), aws)
    execution.run(machine, execution.input, {})
    return execution
