"""EventBridge: events of AWS's services on the default bus, and their delivery to targets.

Imports `protocol` only.
"""
