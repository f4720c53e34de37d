"""Metric alarms and log alarms: their evaluation and notifications.

Imports `protocol` only.
"""
