"""The definition of the state machine that answers an alarm, in Amazon States Language with JSONata.

    Facts -> Answer [ Window -> SavedQuery -> StartRows -> .. -> Message ] -> Publish -> Delivered
                  \\_ whatever fails -> Unanswered (the alarm's own text) _/

All that can fail is within `Answer`, a branch of its own, so that one catcher sees every error.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .expressions import read_expression
from .questions import MAX_ROWS

State = dict[str, Any]

POLL_SECONDS = 3
MAX_POLLS = 60  # of one query, which may take three minutes
MAX_TRIES = 3  # to find what was counted a moment ago
RETRY_SECONDS = 30  # between them
TASK_SECONDS = 60  # for one call
TIMEOUT_SECONDS = 1_800  # for everything; a success takes one to two minutes
MAX_DEFINITION = 1_048_576  # bytes
MAX_VARIABLE = 262_144  # bytes
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html

# A call that is refused for good is not repeated; what is throttled, or fails by chance, is.
_REFUSED = (
    "CloudWatchLogs.MalformedQueryException",
    "CloudWatchLogs.InvalidParameterException",
    "CloudWatchLogs.ResourceNotFoundException",
    "CloudWatchLogs.AccessDeniedException",
    "Sns.InvalidParameterException",
    "Sns.InvalidParameterValueException",
    "Sns.NotFoundException",
    "Sns.AuthorizationErrorException",
)
_RETRY: list[State] = [
    {"ErrorEquals": list(_REFUSED), "MaxAttempts": 0},
    {
        "ErrorEquals": ["States.TaskFailed", "States.Timeout"],
        "IntervalSeconds": 2,
        "BackoffRate": 2,
        "MaxDelaySeconds": 30,
        "MaxAttempts": 6,
        "JitterStrategy": "FULL",
    },
]
_CATCH_ALL = ("States.DataLimitExceeded",), ("States.ALL",)  # the second does not catch the first


def define_state_machine(
    deployment: Mapping[str, object], controls: Mapping[str, object], partition: str = "aws"
) -> State:
    """The state machine for all controls.

    Args:
        deployment: what is the same for all: prefix, Region, account, log group, topics by severity.
        controls: by id, what an answer says and asks; see `facts`.
        partition: of the ARNs of AWS's integrations.
    """
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Facts",
        "TimeoutSeconds": TIMEOUT_SECONDS,
        "States": {
            "Facts": _assign({"deployment": dict(deployment), "controls": dict(controls)}, "Answer"),
            "Answer": {
                "Type": "Parallel",
                "Branches": [{"StartAt": "Window", "States": _define_answer(partition)}],
                "Catch": [
                    {
                        "ErrorEquals": list(errors),
                        "Output": {"problem": "{% $states.errorOutput %}"},
                        "Next": "Unanswered",
                    }
                    for errors in _CATCH_ALL
                ],
                "Next": "Told",
            },
            "Unanswered": {"Type": "Pass", "Output": read_expression("unanswered"), "Next": "Told"},
            "Told": _assign({"told": "{% [$states.input][0] %}"}, "Anything"),
            "Anything": _choose({"{% $count($told.topics) > 0 %}": "Publish"}, "Done"),
            "Publish": _define_publish(partition),
            "Delivered": _choose({"{% false in $states.input.delivered %}": "NotDelivered"}, "Done"),
            "NotDelivered": {
                "Type": "Fail",
                "Error": "NotDelivered",
                "Cause": "{% $substring($parse($told.message).default, 0, 30000) %}",
            },
            "Done": {"Type": "Succeed"},
        },
    }


def _define_answer(partition: str) -> State:
    """The states that find out who did what; any of them may fail."""
    return {
        "Window": _assign({"alarm": read_expression("window"), "tries": 1}, "Control"),
        "Control": _choose({"{% $alarm.isOurs %}": "SavedQuery"}, "Nothing"),
        "SavedQuery": _call(
            partition,
            "cloudwatchlogs:describeQueryDefinitions",
            {"QueryDefinitionNamePrefix": "{% $lookup($controls, $alarm.id).savedQuery %}"},
            Assign={"control": "{% $lookup($controls, $alarm.id) %}", "saved": read_expression("saved")},
            Output={},
            Next="StartRows",
        ),
        **_define_query(
            "Rows",
            partition,
            {"rows": read_expression("rows"), "matched": read_expression("matched")},
            "Found",
        ),
        "Found": _choose(
            {
                f"{{% $count($rows) >= {MAX_ROWS} or $matched > $count($rows) %}}": "HasMore",
                "{% $count($rows) > 0 %}": "CountRows",
                "{% $alarm.isClosing %}": "Nothing",
                f"{{% $tries < {MAX_TRIES} %}}": "Again",
            },
            "CountRows",
        ),
        "HasMore": _choose({"{% $control.isPlain %}": "StartGroups"}, "CountRows"),
        **_define_query("Groups", partition, {"summary": read_expression("count_groups")}, "Commands"),
        "CountRows": _assign({"summary": read_expression("count_rows")}, "Commands"),
        "Again": {
            "Type": "Wait",
            "Seconds": RETRY_SECONDS,
            "Assign": {"tries": "{% $tries + 1 %}"},
            "Next": "StartRows",
        },
        "Commands": _assign({"commands": read_expression("commands")}, "Known"),
        "Known": _assign({"answer": read_expression("answer")}, "Words"),
        "Words": _assign({"subject": read_expression("subject"), "text": read_expression("text")}, "Message"),
        "Message": {"Type": "Pass", "Output": read_expression("message"), "End": True},
        "Nothing": {"Type": "Pass", "Output": {"topics": []}, "End": True},
        "QueryFailed": {
            "Type": "Fail",
            "Error": "QueryFailed",
            "Cause": "{% 'its status is ' & $states.input.status %}",
        },
        "QueryTimedOut": {
            "Type": "Fail",
            "Error": "QueryTimedOut",
            "Cause": f"still running after {MAX_POLLS * POLL_SECONDS} seconds",
        },
    }


def _define_query(name: str, partition: str, found: State, following: str) -> State:
    """The states of one query: started, waited for by its status, read.

    Args:
        name: `Rows` or `Groups`.
        found: variables that are assigned from the results.
        following: the state after it.
    """
    start, wait, read, status = (f"{step}{name}" for step in ("Start", "Wait", "Read", "Status"))
    return {
        start: _call(
            partition,
            "cloudwatchlogs:startQuery",
            read_expression(f"ask_{name.lower()}"),
            Assign={"polls": 0, "query": "{% $states.result.QueryId %}"},
            Output={},
            Next=wait,
        ),
        wait: {
            "Type": "Wait",
            "Seconds": POLL_SECONDS,
            "Assign": {"polls": "{% $polls + 1 %}"},
            "Next": read,
        },
        read: _call(
            partition,
            "cloudwatchlogs:getQueryResults",
            {"QueryId": "{% $query %}"},
            Assign=found,
            Output={"status": "{% $states.result.Status %}"},
            Next=status,
        ),
        status: _choose(
            {
                "{% $states.input.status = 'Complete' %}": following,
                "{% $not($states.input.status in ['Scheduled', 'Running', 'Unknown']) %}": "QueryFailed",
                f"{{% $polls >= {MAX_POLLS} %}}": "QueryTimedOut",
            },
            wait,
        ),
    }


def _define_publish(partition: str) -> State:
    """Every topic by itself: one that refuses keeps no other from being notified."""
    delivered = {"delivered": True}
    return {
        "Type": "Map",
        "Items": "{% [$append($told.topics, $deployment.chat = '' ? [] : $deployment.chat)] %}",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "IsChat",
            "States": {
                "IsChat": _choose({"{% $states.input = $deployment.chat %}": "TellChat"}, "Tell"),
                "TellChat": _call(
                    partition,
                    "sns:publish",
                    {"TopicArn": "{% $states.input %}", "Message": "{% $told.chat %}"},
                    Output=delivered,
                    Catch=_catch("NotTold", {"delivered": False}),
                    End=True,
                ),
                "Tell": _call(
                    partition,
                    "sns:publish",
                    {
                        "TopicArn": "{% $states.input %}",
                        "Subject": "{% $told.subject %}",
                        "MessageStructure": "json",
                        "Message": "{% $told.message %}",
                    },
                    Output=delivered,
                    Catch=_catch("TellPlainly", "{% $states.input %}"),
                    End=True,
                ),
                "TellPlainly": _call(
                    partition,
                    "sns:publish",
                    {"TopicArn": "{% $states.input %}", "Message": "{% $parse($told.message).default %}"},
                    Output=delivered,
                    Catch=_catch("NotTold", {"delivered": False}),
                    End=True,
                ),
                "NotTold": {"Type": "Pass", "End": True},
            },
        },
        "Next": "Delivered",
    }


def _call(partition: str, action: str, arguments: object, **fields: object) -> State:
    """A call of AWS, repeated when it is throttled."""
    return {
        "Type": "Task",
        "Resource": f"arn:{partition}:states:::aws-sdk:{action}",
        "Arguments": arguments,
        "TimeoutSeconds": TASK_SECONDS,
        "Retry": _RETRY,
        **fields,
    }


def _assign(variables: State, following: str) -> State:
    return {"Type": "Pass", "Assign": variables, "Next": following}


def _choose(choices: Mapping[str, str], otherwise: str) -> State:
    rules = [{"Condition": condition, "Next": following} for condition, following in choices.items()]
    return {"Type": "Choice", "Choices": rules, "Default": otherwise}


def _catch(following: str, output: object) -> list[State]:
    return [{"ErrorEquals": ["States.ALL"], "Output": output, "Next": following}]
