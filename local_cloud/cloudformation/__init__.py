"""CloudFormation's resource types that MiniStack lacks.

Imports the services beside it, and `protocol`.
"""
