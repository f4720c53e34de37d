"""What the tools of a landing zone read to deploy the single template, as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import yaml  # type: ignore[import-untyped]  # PyYAML has no types

if TYPE_CHECKING:
    from .targets import Rollout

_PRODUCT = "AWS::ServiceCatalog::CloudFormationProduct"


def write_cfct(rollout: Rollout, file: str) -> str:
    """A manifest of Customizations for AWS Control Tower, its outputs kept as SSM parameters.

    Args:
        file: where the template is in the configuration package, or its s3:// or https:// address.

    https://docs.aws.amazon.com/controltower/latest/userguide/cfct-manifest-file-resources-section.html
    """
    resource = {
        "name": rollout.name,
        "description": rollout.template.description,
        "resource_file": rollout.template_url or file,
        "deploy_method": "stack_set",
        "deployment_targets": _build_targets(rollout, "organizational_units"),
        "parameters": [
            {"parameter_key": name, "parameter_value": value} for name, value in rollout.parameters.items()
        ],
        "export_outputs": [
            {"name": f"/org/{rollout.name}/{output}", "value": f"$[output_{output}]"}
            for output in rollout.template.list_outputs(rollout.parameters)
        ],
        "regions": list(rollout.regions),
    }
    return _dump_yaml({"region": rollout.regions[0], "version": date(2021, 3, 15), "resources": [resource]})


def write_lza(rollout: Rollout, file: str) -> str:
    """`customizations-config.yaml` of Landing Zone Accelerator on AWS.

    Args:
        file: where the template is in the configuration repository.

    https://awslabs.github.io/landing-zone-accelerator-on-aws/latest/typedocs/interfaces/___packages__aws_accelerator_config_dist_packages__aws_accelerator_config_lib_models_customizations_config.ICloudFormationStack.html
    """
    stack = {
        "name": rollout.name,
        "description": rollout.template.description,
        "deploymentTargets": _build_targets(rollout, "organizationalUnits"),
        "regions": list(rollout.regions),
        "runOrder": 1,
        "template": file,
        "terminationProtection": True,
        "parameters": [{"name": name, "value": value} for name, value in rollout.parameters.items()],
    }
    return _dump_yaml({"customizations": {"cloudFormationStacks": [stack]}})


def write_terraform(rollout: Rollout, file: str) -> str:
    """A stack set in Terraform's JSON syntax: `cis-insights.tf.json`.

    Args:
        file: the template, beside the module.

    Raises:
        SettingsError: if stack sets do not take its targets or its URL; or without one, if the template
            does not fit inline.

    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudformation_stack_set
    https://developer.hashicorp.com/terraform/language/syntax/json
    """
    rollout.check_stack_set()
    id = rollout.name.replace("-", "_")
    preferences = {
        "failure_tolerance_count": rollout.failure_tolerance,
        "max_concurrent_count": rollout.max_concurrent,
        "region_concurrency_type": "PARALLEL",
    }
    stack_set = {
        "name": rollout.name,
        "description": rollout.template.description,
        "permission_model": "SERVICE_MANAGED",
        "auto_deployment": {"enabled": True, "retain_stacks_on_account_removal": rollout.retain},
        "call_as": rollout.call_as,
        "capabilities": list(rollout.template.capabilities),
        "managed_execution": {"active": True},
        "operation_preferences": preferences,
        # The provider compares with what is deployed, defaults too.
        "parameters": {
            name: _escape(value) for name, value in rollout.template.complete(rollout.parameters).items()
        },
        **_build_body(rollout.template_url, file),
    }
    resources = {
        "aws_cloudformation_stack_set": {id: stack_set},
        "aws_cloudformation_stack_instances": {id: _build_instances(rollout, id, preferences)},
    }
    return _dump_json({"resource": resources})


def _build_instances(rollout: Rollout, id: str, preferences: dict[str, Any]) -> dict[str, Any]:
    """The accounts of a stack set; with accounts named, only those of the units."""
    return {
        "stack_set_name": f"${{aws_cloudformation_stack_set.{id}.name}}",
        "call_as": rollout.call_as,
        "deployment_targets": {
            "organizational_unit_ids": list(rollout.organizational_units),
            **(
                {"accounts": list(rollout.accounts), "account_filter_type": "INTERSECTION"}
                if rollout.accounts
                else {}
            ),
        },
        "regions": list(rollout.regions),
        "operation_preferences": preferences,
    }


def write_service_catalog(name: str, description: str, template_url: str | None) -> str:
    """A template with a Service Catalog product: for people to launch, or as an Account Factory blueprint.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-servicecatalog-cloudformationproduct.html
    https://docs.aws.amazon.com/controltower/latest/userguide/af-customization-page.html
    """
    url = {
        "Type": "String",
        "Description": "https:// address of the template in a bucket of this account",
        "AllowedPattern": r"^https://\S+$",
        "ConstraintDescription": "an https:// address",
        **({"Default": template_url} if template_url else {}),
    }
    text = {"Type": "String", "MinLength": 1, "MaxLength": 100}
    parameters = {
        "TemplateUrl": url,
        "Version": {**text, "Default": "v1", "Description": "Name of this version of the template"},
        "Owner": {**text, "Default": "security", "Description": "Who answers questions about it"},
    }
    artifact = {"Name": {"Ref": "Version"}, "Info": {"LoadTemplateFromURL": {"Ref": "TemplateUrl"}}}
    product = {
        "Name": name,
        "Description": description,
        "Owner": {"Ref": "Owner"},
        "ProvisioningArtifactParameters": [artifact],
    }
    return _dump_json(
        {
            "Description": f"Service Catalog product: {description}",
            "Parameters": parameters,
            "Resources": {"Product": {"Type": _PRODUCT, "Properties": product}},
            "Outputs": {"ProductId": {"Value": {"Ref": "Product"}}},
        }
    )


def _build_targets(rollout: Rollout, units: str) -> dict[str, list[str]]:
    named = {units: list(rollout.organizational_units), "accounts": list(rollout.accounts)}
    return {key: values for key, values in named.items() if values}


def _build_body(url: str | None, file: str) -> dict[str, str]:
    if url:
        return {"template_url": _escape(url)}
    path = json.dumps(_escape(file), ensure_ascii=False)[1:-1]
    return {"template_body": f'${{file("${{path.module}}/{path}")}}'}


def _escape_all(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: _escape(text) for name, text in texts.items()}


def _escape(text: str) -> str:
    """A text in which Terraform finds nothing to fill in."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _dump_yaml(document: Any) -> str:
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100, explicit_start=True)
    return text


def _dump_json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
