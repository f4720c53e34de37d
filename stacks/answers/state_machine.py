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
                    _catch("Unanswered", {"problem": "{% $states.errorOutput %}"}, *errors)
                    for errors in _CATCH_ALL
                ],
                "Next": "Notification",
            },
            "Unanswered": {"Type": "Pass", "Output": read_expression("unanswered"), "Next": "Notification"},
            **_define_notification(partition),
        },
    }


def _define_answer(partition: str) -> State:
    """The states that find out who did what; any of them may fail."""
    return {
        **_define_search(partition),
        **_define_summary(partition),
        "Commands": _assign({"commands": read_expression("commands")}, "Known"),
        "Known": _assign({"answer": read_expression("answer")}, "Words"),
        "Words": _assign({"subject": read_expression("subject"), "text": read_expression("text")}, "Message"),
        "Message": {"Type": "Pass", "Output": read_expression("message"), "End": True},
        "Nothing": {"Type": "Pass", "Output": {"topics": []}, "End": True},
        "QueryFailed": _fail("QueryFailed", "{% 'its status is ' & $states.input.status %}"),
        "QueryTimedOut": _fail("QueryTimedOut", f"still running after {MAX_POLLS * POLL_SECONDS} seconds"),
    }


def _define_search(partition: str) -> State:
    """The states that look for the events that were counted."""
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
    }


def _define_summary(partition: str) -> State:
    """The states that count who did how much, or look for the events again."""
    return {
        "HasMore": _choose({"{% $control.isPlain %}": "StartGroups"}, "CountRows"),
        **_define_query("Groups", partition, {"summary": read_expression("count_groups")}, "Commands"),
        "CountRows": _assign({"summary": read_expression("count_rows")}, "Commands"),
        "Again": _wait(RETRY_SECONDS, {"tries": "{% $tries + 1 %}"}, "StartRows"),
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
        wait: _wait(POLL_SECONDS, {"polls": "{% $polls + 1 %}"}, read),
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


def _define_notification(partition: str) -> State:
    """The states that publish what an answer, or the lack of one, says."""
    cause = "{% $substring($parse($notification.message).default, 0, 30000) %}"
    return {
        "Notification": _assign({"notification": "{% [$states.input][0] %}"}, "HasTopics"),
        "HasTopics": _choose({"{% $count($notification.topics) > 0 %}": "Publish"}, "Done"),
        "Publish": {
            "Type": "Map",
            "Items": "{% [$append($notification.topics, $deployment.chat = '' ? [] : $deployment.chat)] %}",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "IsChat",
                "States": _define_publish(partition),
            },
            "Next": "Delivered",
        },
        "Delivered": _choose({"{% false in $states.input.delivered %}": "NotDelivered"}, "Done"),
        "NotDelivered": _fail("NotDelivered", cause),
        "Done": {"Type": "Succeed"},
    }


def _define_publish(partition: str) -> State:
    """Every topic by itself: one that refuses keeps no other from being notified."""
    refused = _catch("NotNotified", {"delivered": False})
    message = {
        "Subject": "{% $notification.subject %}",
        "MessageStructure": "json",
        "Message": "{% $notification.message %}",
    }
    plain = {"Message": "{% $parse($notification.message).default %}"}
    return {
        "IsChat": _choose({"{% $states.input = $deployment.chat %}": "NotifyChat"}, "Notify"),
        "NotifyChat": _publish(partition, {"Message": "{% $notification.chat %}"}, refused),
        "Notify": _publish(partition, message, _catch("NotifyPlainly", "{% $states.input %}")),
        "NotifyPlainly": _publish(partition, plain, refused),
        "NotNotified": {"Type": "Pass", "End": True},
    }


def _publish(partition: str, message: State, catch: State) -> State:
    arguments = {"TopicArn": "{% $states.input %}", **message}
    return _call(partition, "sns:publish", arguments, Output={"delivered": True}, Catch=[catch], End=True)


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


def _wait(seconds: int, variables: State, following: str) -> State:
    return {"Type": "Wait", "Seconds": seconds, "Assign": variables, "Next": following}


def _fail(error: str, cause: str) -> State:
    return {"Type": "Fail", "Error": error, "Cause": cause}


def _catch(following: str, output: object, *errors: str) -> State:
    return {"ErrorEquals": list(errors or ("States.ALL",)), "Output": output, "Next": following}
