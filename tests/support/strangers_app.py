"""An app of somebody who installed the wheel: a pipeline with two stages, and the construct in a stack."""

from __future__ import annotations

from aws_cdk import App, Environment, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk.pipelines import CodePipeline, CodePipelineSource, ShellStep

from cis_insights.stacks import CisMonitoring, CisStage, Settings, Subscriber

CONNECTION = (
    "arn:aws:codestar-connections:eu-west-1:111122223333:connection/00000000-0000-0000-0000-000000000000"
)
app = App()
settings = Settings(
    log_group_name="aws-controltower/CloudTrailLogs-a1b2c3",  # the suffix is of landing zone 4.0
    subscribers=(Subscriber("email", "soc@example.com"),),
    query_folders=("own",),
    termination_protection=True,
)
pipelined = Stack(app, "Pipeline", env=Environment(account="111122223333", region="eu-west-1"))
source = CodePipelineSource.connection("example/landing-zone", "main", connection_arn=CONNECTION)
synth = ShellStep("Synth", input=source, commands=["cdk synth"])
pipeline = CodePipeline(pipelined, "Pipeline", synth=synth, cross_account_keys=True)
for name, account in (("Test", "222233334444"), ("Prod", "333344445555")):
    env = Environment(account=account, region="eu-west-1")
    pipeline.add_stage(CisStage(pipelined, name, env=env, settings=settings, tags={"stage": name}))

theirs = Stack(app, "Theirs")
CisMonitoring(
    theirs,
    "Cis",
    log_group=logs.LogGroup.from_log_group_name(theirs, "Trail", "trail"),
    settings=Settings(log_group_name="trail", subscribers=(Subscriber("email", "soc@example.com"),)),
    topics=[sns.Topic.from_topic_arn(theirs, "Soc", "arn:aws:sns:us-east-1:444455556666:soc")],
    key=kms.Key(theirs, "Key", enable_key_rotation=True),
    prefix="theirs",
    namespace="Security",
    severities={"vpc-changes": "critical"},
    tags={"team": "soc"},
)

for region in ("cn-north-1", "us-gov-west-1"):
    elsewhere = Settings(
        log_group_name="trail", subscribers=(Subscriber("email", "soc@example.com"),), log_alarms=False
    )
    env = Environment(account="111122223333", region=region)
    CisStage(app, f"Stage-{region}", env=env, settings=elsewhere)
app.synth()
