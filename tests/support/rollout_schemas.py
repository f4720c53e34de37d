"""What the tools of a landing zone take: the part of their published schemas that is written here.

CfCT: https://github.com/aws-solutions/aws-control-tower-customizations/blob/main/source/src/cfct/validation/manifest-v2.schema.yaml
LZA: https://github.com/awslabs/landing-zone-accelerator-on-aws/blob/main/source/packages/%40aws-accelerator/config/lib/schemas/customizations-config.json
Terraform: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudformation_stack_set
           https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudformation_stack_instances
"""

from __future__ import annotations

from typing import Any

from cfnlint.jsonschema import StandardValidator

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "minLength": 1}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TEXTS: Schema = {"type": "array", "items": TEXT}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    """An object with these keys and no other."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": [*required],
        "additionalProperties": False,
    }


def _list(**required: Schema) -> Schema:
    return {"type": "array", "items": _object(required)}


CFCT = _object(
    {
        "region": TEXT,
        "version": {"enum": ["2021-03-15"]},
        "resources": {
            "type": "array",
            "items": _object(
                {
                    "name": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9-]*$"},
                    "resource_file": TEXT,
                    "deployment_targets": _object({}, accounts=TEXTS, organizational_units=TEXTS),
                    "deploy_method": {"enum": ["scp", "stack_set", "rcp"]},
                },
                description=TEXT,
                parameter_file=TEXT,
                parameters=_list(parameter_key=TEXT, parameter_value=TEXT),
                regions={**TEXTS, "uniqueItems": True},
                export_outputs=_list(name=TEXT, value=TEXT),
            ),
        },
    }
)
LZA = _object(
    {
        "customizations": _object(
            {
                "cloudFormationStacks": {
                    "type": "array",
                    "items": _object(
                        {
                            "deploymentTargets": _object(
                                {},
                                accounts=TEXTS,
                                excludedAccounts=TEXTS,
                                excludedRegions=TEXTS,
                                organizationalUnits=TEXTS,
                            ),
                            "name": {"type": "string", "pattern": r"^\S+$"},
                            "regions": TEXTS,
                            "runOrder": {"type": "integer", "minimum": 1},
                            "template": NAME,
                            "terminationProtection": FLAG,
                        },
                        description=NAME,
                        parameters=_list(name=TEXT, value=TEXT),
                    ),
                }
            }
        )
    }
)
_PREFERENCES = _object(
    {},
    failure_tolerance_count=COUNT,
    max_concurrent_count={"type": "integer", "minimum": 1},
    region_concurrency_type={"enum": ["SEQUENTIAL", "PARALLEL"]},
)
_CALL_AS: Schema = {"enum": ["SELF", "DELEGATED_ADMIN"]}
STACK_SET = _object(
    {"name": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9-]{0,127}$"}},
    description=TEXT,
    permission_model={"enum": ["SERVICE_MANAGED"]},
    auto_deployment=_object({"enabled": FLAG, "retain_stacks_on_account_removal": FLAG}),
    call_as=_CALL_AS,
    capabilities=TEXTS,
    managed_execution=_object({"active": FLAG}),
    operation_preferences=_PREFERENCES,
    parameters={"type": "object", "additionalProperties": TEXT},
    template_body=TEXT,
    template_url=TEXT,
)
STACK_INSTANCES = _object(
    {"stack_set_name": TEXT},
    call_as=_CALL_AS,
    deployment_targets=_object(
        {},
        organizational_unit_ids=TEXTS,
        accounts=TEXTS,
        account_filter_type={"enum": ["INTERSECTION", "DIFFERENCE", "UNION", "NONE"]},
    ),
    regions=TEXTS,
    operation_preferences=_PREFERENCES,
)
TERRAFORM = _object(
    {
        "resource": _object(
            {
                "aws_cloudformation_stack_set": {"type": "object", "additionalProperties": STACK_SET},
                "aws_cloudformation_stack_instances": {
                    "type": "object",
                    "additionalProperties": STACK_INSTANCES,
                },
            }
        )
    }
)


def errors(document: object, schema: Schema) -> list[str]:
    """What a document has that the schema does not take, or lacks."""
    return [f"{list(one.path)}: {one.message}" for one in StandardValidator(schema).iter_errors(document)]
