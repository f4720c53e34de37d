"""Metric filters are made one after the other: CloudWatch Logs takes five calls a second, not all at once.

A filter that is refused for its rate fails the whole deploy. Filters of one folder of controls wait for
each other, so that as many are made at a time as there are folders. What a filter waits for is no
property of it: a control more, or less, changes nothing of what is deployed.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
https://repost.aws/knowledge-center/cloudformation-rate-exceeded-error
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, pairwise
from operator import itemgetter

from aws_cdk import aws_logs as logs


def chain_filters(filters: Iterable[tuple[str, str, logs.CfnMetricFilter]]) -> None:
    """Lets each filter wait for the one before it.

    Args:
        filters: each with the folder and the id of its control.
    """
    in_order = sorted(filters, key=itemgetter(0, 1))
    for _, row in groupby(in_order, key=itemgetter(0)):
        for (*_, earlier), (*_, later) in pairwise(row):
            later.add_resource_dependency(earlier)
