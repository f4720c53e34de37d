"""No text of anybody's is deployed as a dynamic reference: a secret would be in mails and dashboards."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, SecretValue
from aws_cdk.assertions import Template
from click.testing import CliRunner

from cis_insights import Catalogue, QueryError, load_catalogue
from cis_insights.catalogue.references import holds_reference
from cli.main import main
from stacks.rollout import Rollout
from stacks.settings import ControlSettings, Settings, SettingsError, Subscriber
from stacks.single_template.stack import template
from stacks.stack import CisStack

from ..support.synth import (
    LOG_GROUP,
    built_in,
    built_in_and,
    resources,
    settings,
    single,
    stack,
)

REFERENCE = "{{resolve:ssm:/prod/db}}"
LINES = {
    "title": "Own control",
    "severity": "low",
    "alarm": "1 in 5m",
    "why": "Because.",
    "respond": "Look.",
}
QUERY = 'fields userIdentity.arn as user\n| filter eventName = "DeleteVpc"'


def _file(query: str = QUERY, **lines: str) -> str:
    header = {**LINES, **{key.replace("_", "-"): value for key, value in lines.items()}}
    return "\n".join([*(f"# {key}: {value}" for key, value in header.items()), query])


def _loaded(folder: Path, text: str) -> Catalogue:
    (folder / "own.cwli").write_text(text, encoding="utf-8")
    return load_catalogue(folder)


def test_the_control_is_fine_without(tmp_path: Path) -> None:
    assert list(_loaded(tmp_path, _file())) == ["own"]


REFUSED = {
    "title": _file(title=f"Own {REFERENCE}"),
    "title of a secret": _file(title="{{resolve:secretsmanager:db:SecretString}}"),
    "title of a secure string": _file(title="{{resolve:ssm-secure:db:1}}"),
    "why": _file(why=f"Because {REFERENCE}."),
    "respond": _file(respond=f"Look at {REFERENCE}."),
    "literal": _file(f'filter eventName = "{REFERENCE}"'),
    "literal with a backslash": _file(r'filter eventName = "{\{resolve:ssm:/prod/db}}"'),
    "expression": _file(f"filter eventName like /{REFERENCE.replace('/', '.')}/"),
    "expression with backslashes": _file(r"filter eventName like /\{\{resolve:ssm/"),
    "expression that is compiled to one": _file(r"filter eventName like /^[{][{]resolve:ssm/"),
    "alias": _file(QUERY + f"\n| fields eventName as `{REFERENCE}`"),
    "comment": _file(QUERY + f"\n# {REFERENCE}\n| limit 5"),
    "pattern": _file(pattern=f'{{ $.eventName = "{REFERENCE}" }}'),
    "cis pattern": _file(cis_pattern=f'{{ $.eventName = "{REFERENCE}" }}'),
    "wider": _file(covers_more=REFERENCE),
    "token of the CDK": _file(title="Own ${Token[AWS.AccountId.4]}"),
    "list token of the CDK": _file(why="Own #{Token[TOKEN.4]}"),
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_a_control_file_with_one_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(QueryError) as caught:
        _loaded(tmp_path, text)
    assert "CloudFormation would put the value" in str(caught.value)


def test_the_fault_is_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(QueryError) as caught:
        _loaded(tmp_path, _file(why=f"Because {REFERENCE}."))
    assert str(caught.value).startswith(
        f"{tmp_path}/own.cwli:4:16: error: CloudFormation would put the value that this refers to in its"
        " place, a secret for instance\n"
        "    # why: Because {{resolve:ssm:/prod/db}}.\n"
        "                   ~~~~~~~~~^\n"
        "    hint: write the text itself; a condition can say: like /resolve:/"
    )


FINE = {
    "a parameter": "filter userIdentity.arn = '{{resolve}}'",
    "braces": 'filter eventName = "{{" or eventName = "resolve:"',
    "the hint": "filter eventName like /resolve:/",
    "apart": 'filter eventName = "{ {resolve:x}}"',
}


@pytest.mark.parametrize("query", FINE.values(), ids=FINE)
def test_what_only_looks_like_one_is_not(query: str) -> None:
    assert not holds_reference(query)


def test_an_investigation_keeps_its_parameters(tmp_path: Path) -> None:
    folder = tmp_path / "investigate"
    folder.mkdir()
    (folder / "own.cwli").write_text(
        "# title: Own\n# why: W.\n# parameter: resolve = a | who\nfilter userIdentity.arn = '{{resolve}}'"
    )
    assert list(load_catalogue(tmp_path)) == ["own"]


# --- settings ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tags", {"team": REFERENCE}),
        ("tags", {REFERENCE: "team"}),
        ("tags", f"team={REFERENCE}"),
        ("tags", {"team": "${Token[AWS.AccountId.4]}"}),
        ("subscribers", f"https://example.com/{REFERENCE}"),
        ("subscribers", "{{resolve:ssm:x}}@example.com"),
        ("subscribers_critical", ["a@example.com", f"https://example.com/{REFERENCE}"]),
        ("log_group_name", REFERENCE),
        ("prefix", REFERENCE),
        ("query_folders", [REFERENCE]),
        ("vpc-changes__exclude", f'userAgent = "{REFERENCE}"'),
        ("vpc-changes__exclude", ['userAgent = "a"', r"userAgent like /\{\{resolve:x/"]),
    ],
)
def test_a_setting_with_one_is_refused_by_its_key(key: str, value: object) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(**{key: value})
    said = f"cis-insights:{key.replace('__', ':').replace('_', '-')}: error: CloudFormation would put"
    assert said in str(caught.value)


def test_an_exclusion_that_becomes_one_when_it_is_compiled_is_refused() -> None:
    with pytest.raises(QueryError, match="CloudFormation would put the value"):
        built_in()["vpc-changes"].excluding([r"userAgent like /^\{(\{resolve:x)/"])
    assert built_in()["vpc-changes"].excluding([r"userAgent like /^\{(\{solve:x)/"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"tags": {"team": REFERENCE}},
        {"subscribers": (Subscriber("https", f"https://example.com/{REFERENCE}"),)},
        {"subscribers_by_severity": {"high": (Subscriber("email", "{{resolve:ssm:x}}@example.com"),)}},
        {"namespace": REFERENCE},
        {"overrides": {"vpc-changes": ControlSettings(exclude=(f'userAgent = "{REFERENCE}"',))}},
    ],
)
def test_so_is_one_of_an_app_in_python(wrong: dict[str, Any]) -> None:
    with pytest.raises(
        SettingsError, match=f"{next(iter(wrong))}: error: CloudFormation would put the value"
    ):
        Settings(log_group_name=LOG_GROUP, **wrong)


def test_and_one_of_what_the_construct_is_given() -> None:
    right = settings()
    with pytest.raises(SettingsError, match="CloudFormation would put the value"):
        replace(right, tags={"team": REFERENCE})
    assert replace(right, tags={"team": "security"})


def test_a_secret_that_an_app_passes_on_purpose_stays_its_own_business() -> None:
    """A token of the CDK: whoever writes it says `unsafe`."""
    address = SecretValue.secrets_manager("hook").unsafe_unwrap()
    told = Settings(log_group_name=LOG_GROUP, subscribers=(Subscriber("https", address, "hook"),))
    deployed = Template.from_stack(CisStack(App(), "Own", settings=told, catalogue=built_in())).to_json()
    assert [text for text in _texts(deployed) if "resolve:" in text] == [
        "{{resolve:secretsmanager:hook:SecretString:::}}"
    ] * 2  # a subscription of the alarms' topic, and one of the topic that watches them


# --- rollout ----------------------------------------------------------------------------


@pytest.mark.parametrize("options", [["--name", REFERENCE], ["--template-url", f"https://b/{REFERENCE}"]])
def test_a_product_and_its_address_take_none(options: list[str]) -> None:
    usual = {"--name": "cis", "--template-url": "https://b/t.json"}
    words = [word for pair in ({**usual, options[0]: options[1]}).items() for word in pair]
    result = CliRunner().invoke(main, ["rollout", "service-catalog", *words])
    assert result.exit_code == 2
    assert "would be deployed as the value it refers to" in result.output


def test_nor_does_a_parameter_of_a_rollout() -> None:
    with pytest.raises(SettingsError, match="parameters: error: CloudFormation would put the value"):
        Rollout(
            template=single(),
            regions=("eu-west-1",),
            accounts=("111122223333",),
            parameters={"Endpoint": f"https://example.com/{REFERENCE}"},
        )


# --- the last wall: what is synthesized ------------------------------------------------------


def _texts(node: Any) -> Iterator[str]:
    """All texts of a template, joined parts as one; what is known only when deployed is left out."""
    match node:
        case {"Fn::Join": [str(between), [*parts]], **rest} if not rest:
            yield between.join(part if isinstance(part, str) else "" for part in parts)
            yield from _texts(parts)
        case dict():
            yield from (text for pair in node.items() for part in pair for text in _texts(part))
        case list():
            yield from (text for part in node for text in _texts(part))
        case str():
            yield node
        case _:
            pass


def _empty_variables(text: str) -> str:
    """The text when every variable of an `Fn::Sub` is empty: parts that come together then."""
    return re.sub(r"\$\{[^!}][^}]*\}", "", text)


def _referring(node: Any) -> list[str]:
    return [text for text in _texts(node) if holds_reference(text) or holds_reference(_empty_variables(text))]


def test_the_wall_sees_what_it_should() -> None:
    joined = {"Fn::Join": ["", ["{{res", {"Ref": "AWS::NoValue"}, "olve:ssm:x}}"]]}
    assert _referring({"a": [joined]}) == ["{{resolve:ssm:x}}"]
    assert _referring({"Fn::Sub": "{${AWS::NoValue}{resolve:ssm:x}}"})
    assert not _referring({"Fn::Sub": "{${!AWS::NoValue}{resolve:ssm:x}}"})


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"extended": "all", "cis_twins": "on"},
        {"trail": "new", "log_group_name": ""},
        {"dashboards": "off"},
    ],
)
def test_no_text_of_a_template_refers_to_anything(values: dict[str, object]) -> None:
    assert _referring(resources(stack(**values))) == []


def test_the_single_template_refers_to_the_parameter_that_it_is_given_and_to_nothing_else() -> None:
    found = json.loads(template(settings(extended="all"), built_in()).text)
    assert _referring(found) == []  # as text; what it refers to is put together on purpose
    assert [text for text in _texts(found) if "resolve:" in text] == [
        "{${Brace}resolve:ssm:${LogGroupParameter}}}"
    ]


HALVES = _file(title="Own ${AWS::NoValue}{", why="{resolve:ssm:/prod/db}} ${Alarm} ${Query}")


def test_halves_that_are_joined_in_a_text_do_not_come_together(tmp_path: Path) -> None:
    (tmp_path / "own.cwli").write_text(HALVES)
    assert _referring(resources(stack(built_in_and(tmp_path)))) == []
