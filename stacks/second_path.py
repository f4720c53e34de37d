"""The second path: rules of EventBridge that say who tampers, through neither log group nor alarm.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Aws, Fn, IResolvable
from aws_cdk import aws_events as events
from constructs import Construct

from .names import name_rule
from .settings import Settings
from .tampering_calls import RULES, Needs, Pattern, RuleKind, list_paths, write_pattern, write_template

Target = events.CfnRule.TargetProperty | IResolvable


class SecondPath(Construct):
    """Rules on calls and on changes of alarms, which notify topics at once.

    Attributes:
        rules: by kind.

    Args:
        settings: the prefix, and the log group.
        topics: ARNs; they have to allow it, see `Notifications.allow_rules`.
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings, topics: Sequence[str]) -> None:
        super().__init__(scope, id)
        self._settings, self._needs = settings, Needs()
        self.rules = {kind: self._make_rule(kind, settings) for kind in RULES}
        self.notify([(None, arn) for arn in topics])

    def _make_rule(self, kind: RuleKind, settings: Settings) -> events.CfnRule:
        return events.CfnRule(
            self,
            kind.capitalize(),
            name=name_rule(settings, kind),
            description=f"{settings.prefix}: tampering, by neither log group nor alarm",
            event_pattern=self._write_pattern(kind),
        )

    def _write_pattern(self, kind: RuleKind) -> Pattern:
        settings = self._settings
        return write_pattern(
            kind,
            prefix=settings.prefix,
            log_group=settings.log_group_name,
            account=Aws.ACCOUNT_ID,
            needs=self._needs,
        )

    def watch(
        self, *, keys: Sequence[str] = (), roles: Sequence[str] = (), buckets: Sequence[str] = ()
    ) -> None:
        """Reports calls on further things that the monitoring needs.

        Args:
            keys: ids.
            roles: names.
            buckets: names.
        """
        known = self._needs
        self._needs = Needs(
            keys=[*known.keys, *keys],
            roles=[*known.roles, *roles],
            buckets=[*known.buckets, *buckets],
        )
        self.rules["access"].event_pattern = self._write_pattern("access")

    def notify(self, topics: Sequence[tuple[str | None, str]]) -> None:
        """Sets whom the rules notify.

        Args:
            topics: ARNs, each with the name of the template's condition on which it is notified, if any.
        """
        for kind, rule in self.rules.items():
            rule.targets = [
                self._make_target(kind, f"Topic{number}", condition, arn)
                for number, (condition, arn) in enumerate(topics, 1)
            ]

    def _make_target(self, kind: RuleKind, id: str, condition: str | None, arn: str) -> Target:
        paths, template = list_paths(kind), write_template(kind, self._settings.prefix)
        if condition is None:
            transformer = events.CfnRule.InputTransformerProperty(
                input_paths_map=paths, input_template=template
            )
            return events.CfnRule.TargetProperty(id=id, arn=arn, input_transformer=transformer)
        # As the template says it: what is in a condition is taken as it is.
        transformed = {"InputPathsMap": paths, "InputTemplate": template}
        target = {"Id": id, "Arn": arn, "InputTransformer": transformed}
        return Fn.condition_if(condition, target, Aws.NO_VALUE)
