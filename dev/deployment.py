"""A complete deployment on a local cloud: a trail, a queue as subscriber, and `cdk deploy`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local_cloud import LocalCloud

from . import ROOT
from .progress import Progress

REGION = "us-east-1"
LOG_GROUP = "cloudtrail"
TRAIL = "management-events"
# Python and the CDK CLI of this clone come first, whatever the shell knows.
CDK_PATH = os.pathsep.join(
    [str(Path(sys.executable).parent), str(ROOT / "node_modules" / ".bin"), os.environ.get("PATH", "")]
)
NEW_TRAIL = (
    "cis-insights:trail=new",
    "cis-insights:log-group-name=",
)  # settings of an app that makes its own


class DeployError(RuntimeError):
    """A failure of `cdk`; the message is its output."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A local cloud with everything deployed."""

    cloud: LocalCloud
    queue_url: str  # gets every notification

    @property
    def queue_arn(self) -> str:
        """ARN of the queue."""
        name = self.queue_url.rsplit("/", 1)[1]
        return f"arn:aws:sqs:{REGION}:{self.cloud.account}:{name}"


@contextmanager
def start_deployment(
    progress: Progress, *, port: int = 0, context: tuple[str, ...] = (), wait_scale: float = 1.0
) -> Iterator[Deployment]:
    """Starts a local cloud, makes a trail and a queue in it, and deploys the app with the CDK CLI.

    Args:
        context: further settings, as `key=value`; those of `NEW_TRAIL` replace the trail.
        wait_scale: by which the waits of state machines are multiplied.

    Raises:
        DeployError: if the CDK CLI fails.
    """
    with LocalCloud(port, wait_scale=wait_scale) as cloud:
        if not set(NEW_TRAIL) <= set(context):
            progress("a multi-region trail and its log group", lambda: _create_trail(cloud))
        deployment = Deployment(cloud, create_queue(cloud))
        progress("cdk bootstrap", lambda: _bootstrap(cloud))
        progress("cdk deploy", lambda: deploy(deployment, context))
        yield deployment


def deploy(deployment: Deployment, context: tuple[str, ...] = (), options: tuple[str, ...] = ()) -> None:
    """`cdk deploy` of this app, its log group and subscriber set by context."""
    settings = (
        f"cis-insights:log-group-name={LOG_GROUP}",
        f"cis-insights:subscribers={deployment.queue_arn}",
        *context,
    )
    flags = [word for setting in settings for word in ("-c", setting)]
    with tempfile.TemporaryDirectory() as output:
        _run_cdk(
            deployment.cloud,
            ROOT,
            "deploy",
            "--require-approval",
            "never",
            "--output",
            output,
            *flags,
            *options,
        )


def find_cdk() -> str:
    """The CDK CLI of this clone.

    Raises:
        DeployError: if it is not installed.
    """
    if (cdk := shutil.which("cdk", path=CDK_PATH)) is None:
        raise DeployError("there is no CDK CLI: make install puts it into node_modules/.bin")
    return cdk


def _bootstrap(cloud: LocalCloud) -> None:
    # In an empty folder: bootstrapping needs no app.
    with tempfile.TemporaryDirectory() as folder:
        _run_cdk(cloud, Path(folder), "bootstrap", f"aws://{cloud.account}/{REGION}")


def _run_cdk(cloud: LocalCloud, folder: Path, *arguments: str) -> None:
    silent = {"JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1"}
    environment = {**cloud.environment(REGION), "PATH": CDK_PATH, **silent}
    command = [find_cdk(), *arguments, "--no-color", "--no-notices", "--ci"]
    done = subprocess.run(  # noqa: S603  # the pinned CDK CLI, with our own arguments
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DeployError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def create_trail_bucket(cloud: LocalCloud, name: str) -> None:
    """Creates a bucket to which the account's trails may deliver.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    s3, arn = cloud.client("s3"), f"arn:aws:s3:::{name}"
    s3.create_bucket(Bucket=name)
    for_trails = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceAccount": cloud.account}},
    }
    statements = [
        {**for_trails, "Action": "s3:GetBucketAcl", "Resource": arn},
        {**for_trails, "Action": "s3:PutObject", "Resource": f"{arn}/AWSLogs/{cloud.account}/*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    s3.put_bucket_policy(Bucket=name, Policy=policy)


def _create_trail(cloud: LocalCloud) -> None:
    """Creates a trail and its log group: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/"""
    group = f"arn:aws:logs:{REGION}:{cloud.account}:log-group:{LOG_GROUP}:*"
    cloud.client("logs").create_log_group(logGroupName=LOG_GROUP)
    create_trail_bucket(cloud, "cloudtrail-local")
    trails = cloud.client("cloudtrail")
    trails.create_trail(
        Name=TRAIL,
        S3BucketName="cloudtrail-local",
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
        EnableLogFileValidation=True,
        CloudWatchLogsLogGroupArn=group,
        CloudWatchLogsRoleArn=f"arn:aws:iam::{cloud.account}:role/cloudtrail-to-logs",
    )
    trails.start_logging(Name=TRAIL)


def create_queue(cloud: LocalCloud) -> str:
    """Creates a queue for messages from the topics of its own account."""
    sqs = cloud.client("sqs")
    url: str = sqs.create_queue(QueueName="on-call")["QueueUrl"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": f"arn:aws:sqs:{REGION}:{cloud.account}:on-call",
        "Condition": {"StringEquals": {"aws:SourceAccount": cloud.account}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    return url
