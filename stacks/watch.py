"""What watches the monitoring itself, and whom it notifies: by neither key nor topic of the alarms."""

from __future__ import annotations

from constructs import Construct

from .deployed_control import Plan
from .heartbeat import DeliveryAlarms, Heartbeat
from .notifications import Notifications
from .second_path import SecondPath
from .settings import Settings


class Watch:
    """The heartbeat, the alarms on failures and the second path of one deployment, as its plan has them.

    Attributes:
        actions: ARNs of the topics that all of them notify.
    """

    def __init__(
        self, scope: Construct, settings: Settings, planned: Plan, notifications: Notifications
    ) -> None:
        """
        Args:
            scope: of their constructs.
        """
        self._notifications = notifications
        self.actions = _list_actions(settings, planned, notifications)
        self.heartbeat = Heartbeat(scope, "Heartbeat", settings=settings) if planned.has_heartbeat else None
        self.delivery_alarms: DeliveryAlarms | None = None
        self.second_path: SecondPath | None = None
        if self.heartbeat:
            self.heartbeat.notify(self.actions)
        if planned.delivery_alarms:
            names, of_watch = planned.topic_names, notifications.list_actions(planned.severities[-1])
            self.delivery_alarms = DeliveryAlarms(scope, "Delivery", settings=settings, topics=names)
            self.delivery_alarms.notify(self.actions, of_watch=of_watch)
        if planned.has_second_path:
            self.second_path = SecondPath(scope, "SecondPath", settings=settings, topics=self.actions)

    def report_access(self, roles: list[str]) -> None:
        """Lets the second path report calls on the topics' key, and on some roles."""
        key = self._notifications.key_id
        if self.second_path:
            self.second_path.watch(keys=[key] if key else [], roles=roles)


def _list_actions(settings: Settings, planned: Plan, notifications: Notifications) -> list[str]:
    if not planned.severities:
        return []
    own: list[str] = []
    if planned.watchers:
        topic = notifications.make_watch_topic(planned.watchers, has_rules=planned.has_second_path)
        own = [topic.topic_arn]
    return [*own, *settings.existing_topics(planned.severities[-1])]
