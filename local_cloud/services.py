"""What this package adds to MiniStack, put together and installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Self

from . import athena
from .cloudformation import resources, subscriptions
from .cloudtrail import recorder
from .cloudtrail.trails import Trails
from .cloudwatch import alarms
from .cloudwatch.log_alarms import LogAlarms
from .logs import metric_filters
from .logs.index_policies import IndexPolicies
from .logs.queries import Queries
from .logs.query_definitions import QueryDefinitions
from .ministack import module, replaced_items
from .protocol import permissions, sandbox
from .protocol.gateway import Call, Gateway, Operation


class Services:
    """The operations, the types of resources and the evaluations of a local cloud.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._definitions = QueryDefinitions()
        self._indexes = IndexPolicies()
        self._queries = Queries(self._definitions.defaults, clock)
        self._log_alarms = LogAlarms(self._queries.ask)
        self._trails = Trails(clock)

    @contextmanager
    def installed(self) -> Iterator[Self]:
        """MiniStack with all of it; as it was afterwards."""
        with ExitStack() as stack:
            stack.enter_context(sandbox.only(module("app").SERVICE_HANDLERS, sandbox.is_served))
            stack.enter_context(sandbox.only(_handlers(), sandbox.is_type))
            stack.enter_context(sandbox.closed())
            stack.enter_context(Gateway(operations=self._operations(), watch=self._watch).installed())
            stack.enter_context(replaced_items(_handlers(), self._resources()))
            stack.enter_context(replaced_items(vars(module("services.cloudwatch_logs")), self._logs()))
            stack.enter_context(replaced_items(vars(module("services.cloudwatch")), self._cloudwatch()))
            stack.enter_context(replaced_items(vars(module("services.sns")), self._sns()))
            stack.enter_context(replaced_items(vars(module("services.athena")), athena.functions()))
            stack.enter_context(replaced_items(vars(module("services.sqs")), _SQS))
            yield self

    def evaluate(self, now: float) -> None:
        """Brings all alarms to the state they should have at `now`, in seconds since 1970."""
        alarms.evaluate_all(now)
        self._log_alarms.evaluate(now)

    def _operations(self) -> Mapping[str, Mapping[str, Operation]]:
        return {
            "logs": {
                "PutQueryDefinition": self._definitions.put,
                "DescribeQueryDefinitions": self._definitions.describe,
                "DeleteQueryDefinition": self._definitions.delete,
                "TestMetricFilter": metric_filters.test_metric_filter,
                "StartQuery": self._queries.start,
                "GetQueryResults": self._queries.results,
                "StopQuery": self._queries.stop,
                "DescribeQueries": self._queries.describe,
                "PutIndexPolicy": self._indexes.put,
                "DescribeIndexPolicies": self._indexes.describe,
                "DeleteIndexPolicy": self._indexes.delete,
            },
            "monitoring": {
                "PutLogAlarm": self._log_alarms.put,
                "PutMetricAlarm": alarms.put,
                "DescribeAlarms": self._log_alarms.describe,
                "DeleteAlarms": self._log_alarms.delete_alarms,
            },
            "cloudtrail": {
                "CreateTrail": self._trails.create,
                "UpdateTrail": self._trails.update,
                "GetTrailStatus": self._trails.status,
                "PutInsightSelectors": self._trails.put_insight_selectors,
                "GetInsightSelectors": self._trails.insight_selectors,
            },
        }

    def _resources(self) -> dict[str, resources.Handlers]:
        return {
            "AWS::Logs::QueryDefinition": resources.query_definition(self._definitions),
            "AWS::CloudTrail::Trail": resources.trail(self._trails),
            "AWS::CloudWatch::Dashboard": resources.dashboard(_handlers()["AWS::CloudWatch::Dashboard"]),
            "AWS::CloudWatch::LogAlarm": resources.log_alarm(self._log_alarms),
            "AWS::S3::Bucket": resources.bucket(_handlers()["AWS::S3::Bucket"]),
            "AWS::SNS::Topic": resources.topic(_handlers()["AWS::SNS::Topic"]),
            "AWS::SNS::Subscription": subscriptions.resource(_handlers()["AWS::SNS::Subscription"]),
            "AWS::Logs::LogGroup": resources.log_group(_handlers()["AWS::Logs::LogGroup"], self._indexes),
        }

    def _logs(self) -> dict[str, Any]:
        """Functions of MiniStack's CloudWatch Logs that are ours."""
        logs = module("services.cloudwatch_logs")
        return {
            "_put_log_events": metric_filters.counting(logs._put_log_events, self._now),
            "_put_metric_filter": metric_filters.checking(logs._put_metric_filter),
        }

    def _cloudwatch(self) -> dict[str, Any]:
        """Functions of MiniStack's CloudWatch that are ours."""
        return {"_evaluate_alarm": lambda alarm: alarms.evaluate(alarm, self._clock())}

    def _sns(self) -> dict[str, Any]:
        """Functions of MiniStack's SNS that are ours."""
        return {"_subscribe": subscriptions.checking(module("services.sns")._subscribe)}

    def _now(self) -> None:
        alarms.evaluate_all(self._clock())

    def _watch(self) -> Callable[[Call], None]:
        """Returns a callback for the finished call.

        Trails that logged before it receive it too, so that StopLogging is recorded.
        """
        before = self._trails.logging()

        def seen(call: Call) -> None:
            if recorder.is_recorded(call):
                now = self._clock()
                record = recorder.record(call, now)
                module("services.cloudtrail")._get_event_queue().append(recorder.summary(record, now))
                self._trails.deliver(record, self._trails.logging() | before)

        return seen


_SQS = {"queue_policy_allows": permissions.may_send}


def _handlers() -> dict[str, Any]:
    handlers: dict[str, Any] = module("services.cloudformation.provisioners")._RESOURCE_HANDLERS
    return handlers
