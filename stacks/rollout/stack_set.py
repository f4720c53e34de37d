"""The single template in every account of organizational units, those to come included.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stackset.html
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_cdk import App, BootstraplessSynthesizer, CfnOutput, CfnStackSet, Stack, Stage
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from ..settings import SettingsError
from .targets import Rollout


class CisStackSet(Stack):
    """A stack set whose permissions the organization manages; deploy it in one Region.

    The management account itself is in no stack set: deploy the template there besides.

    Without a URL, a template that does not fit inline is an asset: the account that deploys has to be
    bootstrapped. The accounts of the units read nothing of it: CloudFormation does, where the stack set is.
    https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping.html
    """

    def __init__(self, scope: Construct, id: str, *, rollout: Rollout, **props: Any) -> None:
        """
        Args:
            rollout: see `Rollout`.
            props: of a `Stack`.

        Raises:
            SettingsError: if stack sets do not take its targets or its URL.
        """
        if faults := rollout.find_stack_set_faults():
            raise SettingsError(faults)
        super().__init__(scope, id, **props)
        body, url = self._provide_template(rollout)
        self.stack_set = CfnStackSet(
            self,
            "StackSet",
            stack_set_name=rollout.name,
            description=rollout.template.description,
            permission_model="SERVICE_MANAGED",
            auto_deployment=CfnStackSet.AutoDeploymentProperty(
                enabled=True, retain_stacks_on_account_removal=rollout.retain
            ),
            call_as=rollout.call_as,
            capabilities=list(rollout.template.capabilities) or None,
            managed_execution={"Active": True},
            operation_preferences=_build_preferences(rollout),
            parameters=[
                CfnStackSet.ParameterProperty(parameter_key=name, parameter_value=value)
                for name, value in rollout.parameters.items()
            ]
            or None,
            stack_instances_group=[_build_instances(rollout)],
            template_body=body,
            template_url=url,
        )
        CfnOutput(self, "StackSetId", value=self.stack_set.attr_stack_set_id)

    def _provide_template(self, rollout: Rollout) -> tuple[str | None, str | None]:
        """The template inline, or its URL."""
        if rollout.template_url:
            return None, rollout.template_url
        if rollout.template.fits_inline:
            return rollout.template.text, None
        stage = Stage.of(self)
        assert stage  # noqa: S101  # the root of a stack is an app
        file = Path(stage.asset_outdir, f"{self.artifact_id}.stack-set.json")
        file.write_text(rollout.template.text, encoding="utf-8")
        return None, s3_assets.Asset(self, "Template", path=str(file)).http_url


def _build_preferences(rollout: Rollout) -> CfnStackSet.OperationPreferencesProperty:
    return CfnStackSet.OperationPreferencesProperty(
        failure_tolerance_count=rollout.failure_tolerance,
        max_concurrent_count=rollout.max_concurrent,
        region_concurrency_type="PARALLEL",
    )


def _build_instances(rollout: Rollout) -> CfnStackSet.StackInstancesProperty:
    """With accounts named, only those of the units."""
    accounts = list(rollout.accounts)
    targets = CfnStackSet.DeploymentTargetsProperty(
        organizational_unit_ids=list(rollout.organizational_units),
        accounts=accounts or None,
        account_filter_type="INTERSECTION" if accounts else None,
    )
    return CfnStackSet.StackInstancesProperty(deployment_targets=targets, regions=list(rollout.regions))


def write_stack_set(rollout: Rollout) -> str:
    """A template of the stack set alone, as JSON: it needs no bootstrap.

    Raises:
        SettingsError: see `CisStackSet`; or without a URL, if the template does not fit inline.
    """
    rollout.check_stack_set()
    with TemporaryDirectory() as folder:
        app = App(outdir=folder, analytics_reporting=False)
        stack = CisStackSet(app, "CisInsights", rollout=rollout, synthesizer=BootstraplessSynthesizer())
        app.synth()
        return Path(folder, stack.template_file).read_text(encoding="utf-8")
