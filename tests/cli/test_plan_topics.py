"""`cis-insights plan` on topics of somebody else: what their owners have to allow before a deploy."""

from __future__ import annotations

import json

from click.testing import CliRunner

from cli.main import main

SET = ("-c", "log-group-name=trail", "-c", "subscribers=soc@example.com")


def _run(*arguments: str) -> str:
    result = CliRunner(env={"COLUMNS": "80"}).invoke(main, ["plan", *arguments])
    assert result.exit_code == 0
    return result.output


OPENED = """\
Each existing topic has to let the second path publish, else nobody is notified
  of tampering through it. Add to its policy, ACCOUNT being the deployment's:
  {
    "Effect": "Allow",
    "Principal": {
      "Service": "events.amazonaws.com"
    },
    "Action": "sns:Publish",
    "Resource": "arn:aws:sns:eu-west-1:111122223333:central",
    "Condition": {
      "ArnLike": {
        "aws:SourceArn": "arn:aws:events:eu-west-1:ACCOUNT:rule/cis-*"
      }
    }
  }
"""


def test_it_says_before_a_deploy_what_the_owner_of_an_existing_topic_allows() -> None:
    given = (*SET, "-c", "topic-arn=arn:aws:sns:eu-west-1:111122223333:central")
    assert f"\n\n{OPENED}\n" in _run(*given)
    (statement,) = json.loads(_run("--json", *given))["topics_to_open"]
    assert statement == json.loads(OPENED.partition(":\n")[2])
    assert "Each existing topic" not in _run(*given, "-c", "second-path=off")
    assert "Each existing topic" not in _run(*SET)
