"""One CloudFormation template that is deployed as it is, with parameters for what differs.

Imports the constructs beside it and `settings`.
"""
