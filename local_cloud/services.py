"""Builds and installs this package's additions to MiniStack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from threading import RLock
from typing import Any, Self

from . import athena, publishing
from .cloudformation import automation, drift, resources, stacks, subscriptions
from .cloudtrail import recorder
from .cloudtrail.trails import Trails
from .cloudwatch import alarms, metric_math
from .cloudwatch.alarm_events import Configurations
from .cloudwatch.log_alarms import LogAlarms
from .cloudwatch.metrics import count_notifications, put_log_metrics, put_metric
from .cloudwatch.mute_rules import MuteRules
from .events import rules
from .events.bus import dispatch_to
from .events.targets import deliver_with
from .logs import metric_filters
from .logs.index_policies import IndexPolicies
from .logs.queries import Queries
from .logs.query_definitions import QueryDefinitions
from .logs.query_outcomes import QueryOutcome
from .ministack import load_module, replace_items
from .protocol import permissions, sandbox
from .protocol.gateway import Call, Gateway, Operation
from .stepfunctions.executions import Executions
from .stepfunctions.tasks import Tasks


class Services:
    """The operations, the types of resources and the evaluations of a local cloud.

    Args:
        clock: seconds since 1970.
        wait_scale: by which the waits of state machines are multiplied.
    """

    def __init__(self, clock: Callable[[], float], wait_scale: float = 1.0) -> None:
        self._clock = clock
        self._evaluating = RLock()  # executions report metrics from threads of their own
        self._configurations = Configurations()
        self._definitions = QueryDefinitions()
        self._indexes = IndexPolicies()
        self._queries = Queries(self._definitions.get_defaults, clock)
        self._log_alarms = LogAlarms(self._queries.query_rows, self._configurations, clock)
        self._executions = Executions(Tasks(self._queries.find_groups), self._count_metric, wait_scale)
        self._mute_rules = MuteRules(clock)
        self._trails = Trails(clock)

    @contextmanager
    def install(self) -> Iterator[Self]:
        """Installs all additions into MiniStack; restores it afterwards."""
        with ExitStack() as stack:
            stack.enter_context(sandbox.keep_only(load_module("app").SERVICE_HANDLERS, sandbox.is_served))
            stack.enter_context(sandbox.keep_only(_find_handlers(), sandbox.is_type))
            stack.enter_context(sandbox.close_exits())
            stack.enter_context(
                Gateway(operations=self._build_operations(), watch=self._watch_call).install()
            )
            stack.enter_context(replace_items(_find_handlers(), self._build_resources()))
            actions = load_module("services.cloudformation.handlers")._ACTION_HANDLERS
            revert = drift.revert_drift(actions["CreateChangeSet"], self._definitions)
            stack.enter_context(replace_items(actions, {"CreateChangeSet": revert}))
            stack.enter_context(
                replace_items(vars(load_module("services.cloudwatch_logs")), self._build_logs())
            )
            stack.enter_context(
                replace_items(vars(load_module("services.cloudwatch")), self._build_cloudwatch())
            )
            stack.enter_context(replace_items(vars(load_module("services.sns")), self._build_sns()))
            stack.enter_context(
                replace_items(vars(load_module("services.athena")), athena.build_replacements())
            )
            stack.enter_context(replace_items(vars(load_module("services.sqs")), _SQS))
            eventbridge = vars(load_module("services.eventbridge"))
            stack.enter_context(replace_items(eventbridge, self._build_eventbridge()))
            stack.enter_context(replace_items(vars(load_module(_PROVISIONERS)), self._build_provisioners()))
            states = vars(load_module("services.stepfunctions"))
            stack.enter_context(replace_items(states, self._executions.build_replacements()))
            yield self

    def plan_queries(self, outcomes: Sequence[QueryOutcome]) -> None:
        """Plans how the next queries go."""
        self._queries.planned.extend(outcomes)

    def stop(self) -> None:
        """Ends the executions of state machines."""
        self._executions.stop()

    def evaluate(self, now: float) -> None:
        """Brings all alarms to the state they should have at `now`, in seconds since 1970."""
        with self._evaluating:
            alarms.evaluate_all(now)
            self._log_alarms.evaluate(now)

    def _build_operations(self) -> Mapping[str, Mapping[str, Operation]]:
        return {
            "logs": {
                "PutQueryDefinition": self._definitions.put,
                "DescribeQueryDefinitions": self._definitions.describe,
                "DeleteQueryDefinition": self._definitions.delete,
                "TestMetricFilter": metric_filters.test_metric_filter,
                "StartQuery": self._queries.start,
                "GetQueryResults": self._queries.get_results,
                "StopQuery": self._queries.stop,
                "DescribeQueries": self._queries.describe,
                "PutIndexPolicy": self._indexes.put,
                "DescribeIndexPolicies": self._indexes.describe,
                "DeleteIndexPolicy": self._indexes.delete,
            },
            "monitoring": {
                "PutLogAlarm": self._log_alarms.put,
                "PutMetricAlarm": alarms.put_metric_alarm,
                "DescribeAlarms": self._log_alarms.describe,
                "DeleteAlarms": self._log_alarms.delete_alarms,
                "SetAlarmState": self._log_alarms.set_state,
                "EnableAlarmActions": self._log_alarms.enable_actions,
                "DisableAlarmActions": self._log_alarms.disable_actions,
                "PutAlarmMuteRule": self._mute_rules.put,
                "GetAlarmMuteRule": self._mute_rules.get,
                "ListAlarmMuteRules": self._mute_rules.list,
                "DeleteAlarmMuteRule": self._mute_rules.delete,
            },
            "cloudformation": {"DescribeStackResources": stacks.describe_stack_resources},
            "cloudtrail": {
                "CreateTrail": self._trails.create,
                "UpdateTrail": self._trails.update,
                "GetTrailStatus": self._trails.get_status,
                "PutInsightSelectors": self._trails.put_insight_selectors,
                "GetInsightSelectors": self._trails.get_insight_selectors,
            },
        }

    def _build_resources(self) -> dict[str, resources.Handlers]:
        return {
            "AWS::Logs::QueryDefinition": resources.handle_query_definition(self._definitions),
            "AWS::CloudTrail::Trail": resources.handle_trail(self._trails),
            "AWS::CloudWatch::Dashboard": resources.handle_dashboard(
                _find_handlers()["AWS::CloudWatch::Dashboard"]
            ),
            "AWS::CloudWatch::LogAlarm": resources.handle_log_alarm(self._log_alarms),
            "AWS::S3::Bucket": resources.handle_bucket(_find_handlers()["AWS::S3::Bucket"]),
            "AWS::SNS::Topic": resources.handle_topic(_find_handlers()["AWS::SNS::Topic"]),
            "AWS::SNS::Subscription": subscriptions.handle_subscription(
                _find_handlers()["AWS::SNS::Subscription"]
            ),
            "AWS::StepFunctions::StateMachine": automation.handle_state_machine(
                _find_handlers()["AWS::StepFunctions::StateMachine"]
            ),
            "AWS::Events::Rule": automation.handle_rule(_find_handlers()["AWS::Events::Rule"]),
            "AWS::Logs::LogGroup": resources.handle_log_group(
                _find_handlers()["AWS::Logs::LogGroup"], self._indexes
            ),
        }

    def _build_logs(self) -> dict[str, Any]:
        """Replacements of functions of MiniStack's CloudWatch Logs."""
        logs = load_module("services.cloudwatch_logs")
        return {
            "_put_log_events": metric_filters.count_log_events(logs._put_log_events, self._report_logs),
            "_put_metric_filter": metric_filters.check_metric_filters(logs._put_metric_filter),
        }

    def _build_cloudwatch(self) -> dict[str, Any]:
        """Replacements of functions of MiniStack's CloudWatch."""
        cloudwatch, deletions = (
            load_module("services.cloudwatch"),
            (
                "_delete_alarms",
                "cloudformation_delete_metric_alarm",
            ),
        )
        follow = self._configurations.follow
        return {
            "_evaluate_alarm": self._follow_metric_alarm,
            **{name: follow(getattr(cloudwatch, name)) for name in deletions},
        }

    def _build_provisioners(self) -> dict[str, Any]:
        """Replacements of functions of MiniStack's CloudFormation."""
        name = "_cw_metric_alarm_record"
        return {name: metric_math.build_record(getattr(load_module(_PROVISIONERS), name))}

    def _build_eventbridge(self) -> dict[str, Any]:
        """Replacements of functions of MiniStack's EventBridge."""
        return {
            "_dispatch_event": dispatch_to(deliver_with(self._count_metric)),
            "_put_targets": rules.check_put_targets(load_module("services.eventbridge")._put_targets),
        }

    def _follow_metric_alarm(self, alarm: dict[str, Any]) -> None:
        """Evaluates a metric alarm that was put, after the event of its configuration."""
        self._configurations.put(alarm)
        with self._evaluating:
            alarms.evaluate(alarm, self._clock())

    def _build_sns(self) -> dict[str, Any]:
        """Replacements of functions of MiniStack's SNS."""
        sns = load_module("services.sns")
        return {
            "_subscribe": subscriptions.check_subscriptions(sns._subscribe),
            "_publish": publishing.check_messages(sns._publish),
            **count_notifications(self._count_metric),
        }

    def _report_logs(self, group: str, messages: list[str]) -> None:
        now = self._clock()
        put_log_metrics(group, messages, now)
        with self._evaluating:
            alarms.evaluate_all(now)

    def _count_metric(self, namespace: str, name: str, dimensions: dict[str, str]) -> None:
        now = self._clock()
        put_metric(namespace, name, dimensions, 1, now)
        with self._evaluating:
            alarms.evaluate_all(now, (namespace, name))

    def _watch_call(self) -> Callable[[Call], None]:
        """Returns a callback for the finished call.

        Trails that logged before it receive it too, so that StopLogging is recorded.
        """
        before = self._trails.find_logging()

        def record_call(call: Call) -> None:
            if recorder.is_recorded(call):
                now = self._clock()
                record = recorder.build_record(call, now)
                load_module("services.cloudtrail")._get_event_queue().append(recorder.summarize(record, now))
                self._trails.deliver(record, self._trails.find_logging() | before)

        return record_call


_PROVISIONERS = "services.cloudformation.provisioners"
_SQS = {"queue_policy_allows": permissions.may_send}


def _find_handlers() -> dict[str, Any]:
    handlers: dict[str, Any] = load_module(_PROVISIONERS)._RESOURCE_HANDLERS
    return handlers
