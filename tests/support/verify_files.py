"""Templates that watch every control, and the command that verifies them."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from cli.main import main

from .set_ups import VERSION, catalogue

CONTROLS = [one for one in catalogue().values() if VERSION in one.cis]


def verify(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["verify", *arguments])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


HEAD = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Name: {Type: String, Default: soc}
  Group: {Type: String}
  Mails: {Type: CommaDelimitedList, Default: ""}
  Mail: {Type: String, Default: soc@example.com}
Conditions:
  HasMail: !Not [!Equals [!Ref Mail, ""]]
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Statement:
          - Effect: Allow
            Principal: {Service: !Sub "cloudwatch.${AWS::URLSuffix}"}
            Action: ["kms:Decrypt", "kms:GenerateDataKey*"]
            Resource: "*"
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !Join ["-", [!Ref Name, alarms]]
      KmsMasterKeyId: !GetAtt Key.Arn
  Policy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Topic]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: cloudwatch.amazonaws.com}
            Action: sns:Publish
            Resource: !Ref Topic
            Condition:
              ArnLike:
                aws:SourceArn: !Sub "arn:${AWS::Partition}:cloudwatch:*:${AWS::AccountId}:alarm:*"
  Subscription:
    Type: AWS::SNS::Subscription
    Condition: HasMail
    Properties: {TopicArn: !Ref Topic, Protocol: email, Endpoint: !Ref Mail}
"""


def template(**patterns: str) -> str:
    """A template in YAML that watches every control; some with another pattern."""
    parts = [HEAD.lstrip("\n")]
    for control in CONTROLS:
        texts = [one.text for one in control.patterns]
        given = patterns.get(control.id.replace("-", "_"))
        name = "".join(word.capitalize() for word in control.id.split("-"))
        for number, text in enumerate([given] if given else texts):
            parts.append(
                f"  {name}Filter{number}:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n"
                f"      LogGroupName: !Ref Group\n      FilterPattern: >-\n        {text}\n"
                f"      MetricTransformations:\n"
                f"        - {{MetricName: {name}, MetricNamespace: !Ref Name, MetricValue: '1'}}\n"
            )
        parts.append(
            f"  {name}:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n      Namespace: !Ref Name\n"
            f"      MetricName: {name}\n      Statistic: Sum\n      Period: '300'\n"
            "      EvaluationPeriods: 1\n      Threshold: 1\n"
            "      ComparisonOperator: GreaterThanOrEqualToThreshold\n      TreatMissingData: notBreaching\n"
            "      AlarmActions: [!Ref Topic]\n"
        )
    return "".join(parts)


def flat(result: Result) -> str:
    """What it printed, on one line."""
    return " ".join(result.output.split())


def write(text: str, name: str = "alarms.yaml") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1
