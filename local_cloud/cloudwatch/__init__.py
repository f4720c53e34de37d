"""Alarms of metrics and of logs, evaluated, and who is notified.

Imports `protocol` only.
"""
