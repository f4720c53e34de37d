"""A state machine that runs a query, as many do: start, wait by status, read the rows."""

from __future__ import annotations

import json
import time
from typing import Any

from local_cloud import LocalCloud

from .machines import TASK, make_role

NOW = int(time.time())
ACTIONS = ("logs:StartQuery", "logs:GetQueryResults", "sns:Publish", "cloudwatch:DescribeAlarms")
START = {
    "Type": "Task",
    "Resource": f"{TASK}cloudwatchlogs:startQuery",
    "Arguments": {
        "LogGroupNames": ["records"],
        "QueryString": "fields user | sort user",
        "StartTime": NOW - 60,
        "EndTime": NOW + 60,
    },
}
# Asks, waits by status, and reads the rows.
ASK: dict[str, dict[str, Any]] = {
    "Start": {**START, "Assign": {"id": "{% $states.result.QueryId %}", "asked": 0}, "Next": "Wait"},
    "Wait": {"Type": "Wait", "Seconds": 2, "Next": "Read"},
    "Read": {
        "Type": "Task",
        "Resource": f"{TASK}cloudwatchlogs:getQueryResults",
        "Arguments": {"QueryId": "{% $id %}"},
        "Assign": {"asked": "{% $asked + 1 %}"},
        "Output": {
            "status": "{% $states.result.Status %}",
            "users": "{% [$states.result.Results.$[Field='user'].Value] %}",
            "matched": "{% $states.result.Statistics.RecordsMatched %}",
        },
        "Next": "Finished",
    },
    "Finished": {
        "Type": "Choice",
        "Choices": [
            {"Condition": "{% $states.input.status in ['Scheduled', 'Running'] %}", "Next": "Wait"},
            {"Condition": "{% $states.input.status = 'Complete' %}", "Next": "Done"},
        ],
        "Default": "Broken",
    },
    "Broken": {"Type": "Fail", "Error": "Query", "Cause": "{% $states.input.status %}"},
    "Done": {"Type": "Pass", "Output": "{% $merge([$states.input, {'asked': $asked}]) %}", "End": True},
}


def make_able_role(cloud: LocalCloud) -> str:
    """A role that may do everything here, and a log group of two events."""
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="records")
    logs.create_log_stream(logGroupName="records", logStreamName="stream")
    events = [{"timestamp": NOW * 1000, "message": json.dumps({"user": user})} for user in ("alice", "bob")]
    logs.put_log_events(logGroupName="records", logStreamName="stream", logEvents=events)
    return make_role(cloud, "able", "states", *ACTIONS)
