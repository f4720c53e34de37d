"""`make local`: a local cloud with everything deployed, left running until Ctrl-C."""

from __future__ import annotations

import signal
import sys

from rich.console import Console

from local_cloud import LocalCloud

from .deployment import LOG_GROUP, REGION, DeployError, start_deployment
from .progress import report_steps


def main(port: int) -> None:
    """Deploys, prints the usage of the cloud, and waits for a signal."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        with start_deployment(report_steps(console), port=port) as deployment:
            console.print(_write_usage(deployment.cloud))
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
    except DeployError as error:
        sys.exit(str(error))


def _write_usage(cloud: LocalCloud) -> str:
    keys = " ".join(f"{name}={value}" for name, value in cloud.keys.items())
    return f"""
AWS is at [bold]{cloud.endpoint}[/], account {cloud.account}, log group {LOG_GROUP}; Ctrl-C ends it.
Only requests with these keys are answered; they change at each start. Try, in another terminal:

export AWS_ENDPOINT_URL={cloud.endpoint} AWS_DEFAULT_REGION={REGION}
export {keys}
.venv/bin/python -c "import boto3; boto3.client('ec2').create_security_group(GroupName='a', Description='b')"
.venv/bin/python -c "import boto3; print([a['AlarmName'] for a in boto3.client('cloudwatch')\\
    .describe_alarms(StateValue='ALARM')['MetricAlarms']])"
aws logs describe-metric-filters --log-group-name {LOG_GROUP}
prowler aws --region {REGION} --compliance cis_5.0_aws
"""


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
