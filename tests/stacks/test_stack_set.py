"""The stack set: what it says of targets, order and failures, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from stacks.rollout import Rollout
from stacks.rollout.stack_set import CisStackSet, write_stack_set
from stacks.settings import SettingsError

from ..support.linting import find_faults
from ..support.synth import single

UNIT = "ou-abcd-12345678"
PARAMETERS = {"LogGroupName": "trail", "Email": "soc@example.com"}
URL = "https://templates.s3.eu-west-1.amazonaws.com/cis.json"
LARGEST = {"extended": "all", "unauthorized-api-calls__exclude": 'sourceIPAddress = "192.0.2.1"'}
# Few enough controls, and nothing besides, to fit into a request.
SMALL = {
    "controls": "vpc-changes",
    **dict.fromkeys(("dashboards", "investigations", "answers", "second_path"), "off"),
}


def rollout(**values: Any) -> Rollout:
    given = {
        "template": single(),
        "organizational_units": (UNIT,),
        "regions": ("eu-west-1",),
        "parameters": PARAMETERS,
        "template_url": URL,
        **values,
    }
    return Rollout(**given)


def properties(**values: Any) -> dict[str, Any]:
    (resource,) = json.loads(write_stack_set(rollout(**values)))["Resources"].values()
    assert resource["Type"] == "AWS::CloudFormation::StackSet"
    return dict(resource["Properties"])


def test_new_accounts_get_the_template_without_anybody_thinking_of_it() -> None:
    found = properties()
    assert found["TemplateURL"] == URL
    assert "TemplateBody" not in found
    assert found["PermissionModel"] == "SERVICE_MANAGED"
    assert found["AutoDeployment"] == {"Enabled": True, "RetainStacksOnAccountRemoval": False}
    assert found["CallAs"] == "SELF"
    assert found["Parameters"] == [
        {"ParameterKey": key, "ParameterValue": value} for key, value in PARAMETERS.items()
    ]
    assert found["StackInstancesGroup"] == [
        {"DeploymentTargets": {"OrganizationalUnitIds": [UNIT]}, "Regions": ["eu-west-1"]}
    ]
    assert found["Capabilities"] == ["CAPABILITY_IAM"]


def test_what_differs_from_one_organization_to_another_can_be_said() -> None:
    found = properties(
        accounts=("111122223333",),
        regions=("eu-west-1", "us-east-1"),
        call_as="DELEGATED_ADMIN",
        retain=True,
        failure_tolerance=4,
        max_concurrent=5,
        name="security-cis",
    )
    assert (found["StackSetName"], found["CallAs"]) == ("security-cis", "DELEGATED_ADMIN")
    assert found["AutoDeployment"]["RetainStacksOnAccountRemoval"] is True
    assert found["OperationPreferences"] == {
        "FailureToleranceCount": 4,
        "MaxConcurrentCount": 5,
        "RegionConcurrencyType": "PARALLEL",
    }
    (group,) = found["StackInstancesGroup"]
    assert group["DeploymentTargets"] == {
        "OrganizationalUnitIds": [UNIT],
        "Accounts": ["111122223333"],
        "AccountFilterType": "INTERSECTION",
    }


def test_a_template_that_fits_inline_needs_no_address() -> None:
    small = single(**SMALL)
    found = properties(template=small, template_url=None)
    assert found["TemplateBody"] == small.text
    assert "TemplateURL" not in found


def test_one_that_does_not_needs_an_address_or_an_app_whose_account_is_bootstrapped(tmp_path: Path) -> None:
    large = rollout(template=single(**LARGEST), template_url=None)
    with pytest.raises(SettingsError) as caught:
        write_stack_set(large)
    assert str(caught.value) == (
        f"template-url: error: the template has {large.template.size:,} bytes, and 51,200 fit inline\n"
        "    hint: write what `cis-insights template --upload s3://BUCKET/KEY` prints; or put it there and"
        " use it at once: --upload"
    )
    app = App(outdir=str(tmp_path))
    CisStackSet(app, "Rollout", rollout=large)
    app.synth()
    (resource,) = json.loads((tmp_path / "Rollout.template.json").read_text())["Resources"].values()
    hash_ = resource["Properties"]["TemplateURL"]["Fn::Sub"].rpartition("/")[2]
    assert (tmp_path / f"asset.{hash_}").read_text() == large.template.text
    assets = json.loads((tmp_path / "Rollout.assets.json").read_text())["files"].values()
    assert f"asset.{hash_}" in [one["source"]["path"] for one in assets]


def test_roles_are_acknowledged_where_there_are_some() -> None:
    none = replace(single(), capabilities=())
    assert "Capabilities" not in properties(template=none)


def test_cfn_lint_finds_nothing_in_any_region() -> None:
    for one in (rollout(), rollout(template=single(**SMALL), template_url=None)):
        assert find_faults(write_stack_set(one)) == []


def test_cdk_nag_finds_nothing() -> None:
    app = App()
    CisStackSet(app, "Rollout", rollout=rollout())
    CisStackSet(app, "Asset", rollout=rollout(template_url=None))
    Validations.of(app).add_plugins(AwsSolutionsChecks(verbose=True))
    app.synth()  # raises where something is found


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a unit's name": (
        {"organizational_units": ("Workloads",)},
        [
            "ou: error: 'Workloads' is not the id of a unit\n"
            "    hint: write ou-abcd-12345678, or r-abcd for all"
        ],
    ),
    "accounts alone": (
        {"organizational_units": (), "accounts": ("audit",)},
        [
            "account: error: 'audit' is not the id of an account\n    hint: write its 12 digits",
            "ou: error: none is named\n    hint: write ou-abcd-12345678, or r-abcd for all",
        ],
    ),
    "an address that stack sets do not read": (
        {"template_url": "s3://templates/cis.json"},
        [
            "template-url: error: 's3://templates/cis.json' is not an https:// address\n"
            "    hint: write what `cis-insights template --upload s3://BUCKET/KEY` prints"
        ],
    ),
    "Region and name": (
        {"regions": ("Ireland",), "name": "cis insights"},
        [
            "name: error: 'cis insights' does not fit\n"
            "    hint: write letters, digits and -, such as cis-insights",
            "region: error: 'Ireland' is not a Region\n    hint: write, for example: eu-west-1",
        ],
    ),
    "more at one time than may fail": (
        {"max_concurrent": 5},
        [
            "max-concurrent: error: 5 at one time, and 0 may fail\n"
            "    hint: write at least 1, and at most one more than may fail"
        ],
    ),
    "a parameter that there is not": (
        {"parameters": {**PARAMETERS, "LogGroup": "trail"}},
        ["LogGroup: error: the template has no such parameter\n    hint: did you mean LogGroupName?"],
    ),
    "a parameter that does not fit": (
        {"parameters": {**PARAMETERS, "Email": "soc", "Dashboard": "yes"}},
        [
            "Email: error: 'soc' does not fit\n    hint: write one e-mail address",
            "Dashboard: error: 'yes' does not fit\n    hint: write on or off",
        ],
    ),
    "no log group": (
        {"parameters": {"Email": "soc@example.com"}},
        [
            "LogGroupName: error: Give LogGroupName or LogGroupParameter, and not both.\n"
            "    hint: give -p LogGroupName=NAME, or -p LogGroupParameter=NAME of an SSM parameter that holds"
            " it"
        ],
    ),
    "nobody told of some": (
        {"parameters": {**PARAMETERS, "NotifyFrom": "high"}},
        [
            "Email: error: Nobody would be notified of medium alarms.\n"
            "    hint: give -p Email=ADDRESS or -p Endpoint=URL, a lower -p NotifyFrom, or an existing topic,"
            " such as -p HighTopic=ARN"
        ],
    ),
}


@pytest.mark.parametrize(("values", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_would_fail_in_every_account_is_refused_here(values: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        write_stack_set(rollout(**values))
    assert str(caught.value) == "\n\n".join(said)
