"""Limits of values, the same for every engine that reads queries."""

from __future__ import annotations

EXACT = 2**53  # a double holds every whole number below this
MAX_PLACES = 300  # of `round`; no double has so many
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MAX_TEXT = 1_048_576  # characters; the longest event
# Logs Insights discovers no more fields in an event.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
MAX_FIELDS = 200
