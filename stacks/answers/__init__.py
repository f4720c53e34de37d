"""The mail that answers: a state machine that says who did what, when an alarm goes off.

`state_machine` is its definition, `*.jsonata` the expressions in it, `questions` what it asks.
"""
