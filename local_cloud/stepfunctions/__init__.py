"""Step Functions: executions of state machines, whose tasks call the local cloud's own services.

Imports `protocol` only.
"""
