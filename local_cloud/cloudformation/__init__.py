"""Resource types that CloudFormation has and MiniStack has not.

Imports the services beside it, and `protocol`.
"""
