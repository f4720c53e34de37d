"""`cis-insights rollout`: what it writes fits the tools' schemas, and says what was asked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from cli.main import main

from ..support.linting import MAIN, find_faults
from ..support.rollout_schemas import CFCT, LZA, TERRAFORM, errors

pytestmark = pytest.mark.usefixtures("made_once")

UNIT = "ou-abcd-12345678"
URL = ["--template-url", "https://templates.s3.eu-west-1.amazonaws.com/cis.json"]
# Few enough controls, and nothing besides, to fit into a request.
SMALL = [
    "-c",
    "controls=vpc-changes",
    *("-c", "dashboards=off", "-c", "investigations=off", "-c", "answers=off", "-c", "second-path=off"),
]
LARGEST = ["-c", "extended=all", "-c", 'unauthorized-api-calls:exclude=sourceIPAddress = "192.0.2.1"']
ASKED = ["-p", "LogGroupName=trail", "-p", "Email=soc@example.com", "--region", "eu-west-1"]
EVERYWHERE = [*ASKED, "--ou", UNIT]


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["rollout", *map(str, arguments)])


def _yaml(text: str) -> Any:
    """With dates as texts, which is how a schema compares them."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


def _cfct(*arguments: str) -> dict[str, Any]:
    manifest = _yaml(_run("cfct", *ASKED, *arguments).stdout)
    assert errors(manifest, CFCT) == []
    (resource,) = manifest["resources"]
    return dict(resource)


def test_control_tower_customizations_deploy_it_to_units_and_accounts_by_name() -> None:
    found = _cfct("--ou", "Workloads:Prod", "--account", "Audit", "--account", "012345678901")
    assert found["deployment_targets"] == {
        "organizational_units": ["Workloads:Prod"],
        "accounts": ["Audit", "012345678901"],
    }
    assert found["parameters"] == [
        {"parameter_key": "LogGroupName", "parameter_value": "trail"},
        {"parameter_key": "Email", "parameter_value": "soc@example.com"},
    ]
    assert (found["resource_file"], found["regions"]) == ("templates/cis-insights.json", ["eu-west-1"])


def test_control_tower_customizations_keep_the_outputs_that_there_are() -> None:
    def exported(*parameters: str) -> list[str]:
        found = _cfct("--ou", "Root", *(word for one in parameters for word in ("-p", one)))
        return [one["value"] for one in found["export_outputs"]]

    always = ["$[output_AlarmPrefix]", "$[output_MetricNamespace]"]
    own = ["$[output_TopicArn]", "$[output_AlarmKeyAlias]"]
    assert exported() == [*always, *own, "$[output_DashboardName]"]
    assert exported("Dashboard=off") == [*always, *own]
    assert exported("KeyArn=arn:aws:kms:eu-west-1:111122223333:key/1") == [
        *always,
        own[0],
        "$[output_DashboardName]",
    ]
    topic = "arn:aws:sns:eu-west-1:111122223333:central"
    topics = [f"{severity}Topic={topic}" for severity in ("Critical", "High", "Medium")]
    assert exported("Email=", "Dashboard=off", *topics) == always


def test_landing_zone_accelerator_deploys_it_protected() -> None:
    found = _yaml(_run("lza", *ASKED, "-p", "Dashboard=off", "--ou", "Infrastructure/Dev").stdout)
    assert errors(found, LZA) == []
    (stack,) = found["customizations"]["cloudFormationStacks"]
    assert stack["deploymentTargets"] == {"organizationalUnits": ["Infrastructure/Dev"]}
    assert stack["parameters"][-1] == {"name": "Dashboard", "value": "off"}
    assert stack["terminationProtection"] is True


def test_terraform_says_every_parameter_since_it_compares_with_what_is_deployed() -> None:
    found = json.loads(_run("terraform", *EVERYWHERE, *URL, "--account", "111122223333", "--retain").stdout)
    assert errors(found, TERRAFORM) == []
    stack_set = found["resource"]["aws_cloudformation_stack_set"]["cis_insights"]
    instances = found["resource"]["aws_cloudformation_stack_instances"]["cis_insights"]
    assert len(stack_set["parameters"]) == 13
    assert stack_set["auto_deployment"]["retain_stacks_on_account_removal"] is True
    assert stack_set["template_url"] == URL[1]
    assert "template_body" not in stack_set
    assert instances["deployment_targets"] == {
        "organizational_unit_ids": [UNIT],
        "accounts": ["111122223333"],
        "account_filter_type": "INTERSECTION",
    }


def test_terraform_fills_nothing_in_that_somebody_wrote() -> None:
    """A file's name and an address are texts, whatever they hold."""
    found = _run(
        "terraform",
        *EVERYWHERE,
        *SMALL,
        *("-p", "MediumTopic=", "-p", "Endpoint=https://a.example/${b}%{c}", "--template-file", 'a"b'),
    )
    (stack_set,) = json.loads(found.stdout)["resource"]["aws_cloudformation_stack_set"].values()
    assert stack_set["parameters"]["Endpoint"] == "https://a.example/$${b}%%{c}"
    assert stack_set["template_body"] == '${file("${path.module}/a\\"b")}'


def test_yaml_keeps_what_somebody_wrote_as_text() -> None:
    odd = "https://a.example/#x:[y]{'z'}&*!|>%@`\"é"
    found = _cfct("--ou", "on", "--account", "012", "-p", "Dashboard=on", "-p", f"Endpoint={odd}")
    values = {one["parameter_key"]: one["parameter_value"] for one in found["parameters"]}
    assert (values["Dashboard"], values["Endpoint"]) == ("on", odd)
    assert found["deployment_targets"] == {"organizational_units": ["on"], "accounts": ["012"]}


def test_a_stack_set_is_a_template_of_its_own() -> None:
    found = json.loads(_run("stack-set", *EVERYWHERE, *URL, "--call-as", "DELEGATED_ADMIN").stdout)
    (stack_set,) = found["Resources"].values()
    assert stack_set["Properties"]["CallAs"] == "DELEGATED_ADMIN"
    assert "Parameters" not in found


def test_a_product_of_service_catalog_takes_the_template_s_address() -> None:
    found = _run("service-catalog").stdout
    assert find_faults(found, [*MAIN, "cn-north-1", "us-gov-west-1"]) == []
    parameter = json.loads(found)["Parameters"]["TemplateUrl"]
    assert "Default" not in parameter
    assert not re.fullmatch(parameter["AllowedPattern"], "http://bucket/cis.json")
    url = "https://bucket.s3.amazonaws.com/cis.json"
    named = json.loads(_run("service-catalog", "--template-url", url).stdout)
    assert named["Parameters"]["TemplateUrl"]["Default"] == url


def test_it_goes_to_a_file(tmp_path: Path) -> None:
    result = _run("cfct", *EVERYWHERE, "-o", tmp_path / "manifest.yaml")
    assert (result.exit_code, result.output) == (0, "")
    assert (tmp_path / "manifest.yaml").read_text() == _run("cfct", *EVERYWHERE).stdout


def test_everything_that_is_wrong_is_said_at_once_and_nothing_written(tmp_path: Path) -> None:
    result = _run("cfct", "-p", "LogGroup=trail", "-o", tmp_path / "manifest.yaml")
    assert result.exit_code == 1
    assert not list(tmp_path.iterdir())
    assert result.stderr == (
        "region: error: none is named\n"
        "    hint: write the trail's home Region\n\n"
        "ou: error: no unit and no account is named\n"
        "    hint: name one of them\n\n"
        "LogGroup: error: the template has no such parameter\n"
        "    hint: did you mean LogGroupName?\n\n"
        "nothing was written\n"
    )


@pytest.mark.parametrize("way", ["stack-set", "terraform"])
def test_stack_sets_take_ids_alone(way: str) -> None:
    result = _run(way, *ASKED, *URL, "--ou", "Workloads")
    assert result.exit_code == 1
    assert result.stderr == (
        "ou: error: 'Workloads' is not the id of a unit\n"
        "    hint: write ou-abcd-12345678, or r-abcd for all\n\n"
        "nothing was written\n"
    )


@pytest.mark.parametrize("way", ["stack-set", "terraform"])
def test_a_template_that_does_not_fit_inline_needs_an_address(way: str) -> None:
    assert _run(way, *EVERYWHERE, *SMALL).exit_code == 0
    assert _run(way, *EVERYWHERE, *LARGEST, *URL).exit_code == 0
    refused = _run(way, *EVERYWHERE, *LARGEST)
    size = len(_template(*LARGEST)) - 1
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"template-url: error: the template has {size:,} bytes, and 51,200 fit inline\n"
        "    hint: write what `cis-insights template --upload s3://BUCKET/KEY` prints; or put it there and"
        " use it at once: --upload\n\n"
        "nothing was written\n"
    )


def _template(*arguments: str) -> bytes:
    return CliRunner().invoke(main, ["template", *arguments]).stdout_bytes


@pytest.mark.parametrize("way", ["cfct", "lza"])
def test_a_tool_that_has_the_template_as_a_file_takes_it_however_large_it_is(way: str) -> None:
    assert _run(way, *EVERYWHERE, *LARGEST).exit_code == 0


WRONG: dict[str, tuple[Any, str]] = {
    "key that there is not": ({"customizations": {}, "custom": 1}, "custom"),
    "key that is missing": ({}, "customizations"),
}


@pytest.mark.parametrize(("document", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_schema_refuses_what_the_tool_refuses(document: Any, said: str) -> None:
    assert any(said in error for error in errors(document, LZA))
