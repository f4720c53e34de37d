"""What the role of the state machine may do; docs/answers.md says why."""

from __future__ import annotations

ASKS = ["logs:StartQuery"]
# These take no log group:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
READS = ["logs:GetQueryResults", "logs:DescribeQueryDefinitions"]
PUBLISHES = ["sns:Publish"]
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
ENCRYPTS = ["kms:GenerateDataKey*", "kms:Decrypt"]
ACTIONS = frozenset((*ASKS, *READS, *PUBLISHES, *ENCRYPTS))
