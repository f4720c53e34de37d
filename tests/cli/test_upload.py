"""`--upload`: the template in a bucket, its URL, and what is said where that cannot be."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from local_cloud import LocalCloud

pytestmark = pytest.mark.usefixtures("made_once")

FEW = ["-c", "controls=vpc-changes"]
ROLLED_OUT = ["-p", "LogGroupName=trail", "-p", "Email=soc@example.com", "--region", "eu-west-1"]
EVERYWHERE = [*ROLLED_OUT, "--ou", "ou-abcd-12345678"]


@pytest.fixture(scope="module")
def running() -> Iterator[LocalCloud]:
    with LocalCloud() as cloud:
        for bucket, region in (
            ("templates", "eu-west-1"),
            ("dotted.name", "eu-west-1"),
            ("china", "cn-north-1"),
        ):
            place = {"LocationConstraint": region}
            cloud.client("s3", region).create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
        cloud.client("s3").create_bucket(Bucket="oldest")
        cloud.client("logs").create_log_group(logGroupName="trail")
        yield cloud


@pytest.fixture
def cloud(running: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    """As whoever runs the command sees it."""
    for name, value in running.environment().items():
        monkeypatch.setenv(name, value)
    return running


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def _object(cloud: LocalCloud, bucket: str, key: str) -> dict[str, Any]:
    return dict(cloud.client("s3").get_object(Bucket=bucket, Key=key))


def _keys(cloud: LocalCloud, bucket: str) -> list[str]:
    found = cloud.client("s3").list_objects_v2(Bucket=bucket).get("Contents", ())
    return [one["Key"] for one in found]


def test_the_template_goes_into_the_bucket_and_its_url_to_standard_output(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    result = _run("template", *FEW, "--upload", "s3://templates/cis/1.json", "-o", tmp_path / "cis.json")
    url = "https://templates.s3.eu-west-1.amazonaws.com/cis/1.json"
    assert (result.exit_code, result.stdout) == (0, f"{url}\n")
    found = _object(cloud, "templates", "cis/1.json")
    assert found["ContentType"] == "application/json"
    assert found["Body"].read() == (tmp_path / "cis.json").read_bytes() == _run("template", *FEW).stdout_bytes


@pytest.mark.parametrize(
    ("place", "url"),
    [
        ("s3://oldest/a.json", "https://oldest.s3.us-east-1.amazonaws.com/a.json"),
        ("s3://china/a.json", "https://china.s3.cn-north-1.amazonaws.com.cn/a.json"),
        ("s3://dotted.name/a.json", "https://s3.eu-west-1.amazonaws.com/dotted.name/a.json"),
    ],
)
def test_the_url_is_of_the_bucket_s_region_and_partition(
    cloud: LocalCloud, place: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.main.template", lambda _: pytest.fail("not asked"))
    from cli.destination import DestinationType  # noqa: PLC0415
    from cli.template import find_upload  # noqa: PLC0415

    found = find_upload(DestinationType().convert(place, None, None), None, None)
    assert found and found.url == url


def test_what_was_uploaded_deploys_by_its_url(cloud: LocalCloud) -> None:
    """The local cloud takes the other form of an object's URL, with the bucket in the path."""
    assert _run("template", "-c", "extended=all", "--upload", "s3://templates/all.json").exit_code == 0
    stacks = cloud.client("cloudformation")
    given = {"LogGroupName": "trail", "Email": "soc@example.com"}
    stacks.create_stack(
        StackName="cis",
        TemplateURL=f"{cloud.endpoint}/templates/all.json",
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
    )
    stacks.get_waiter("stack_create_complete").wait(StackName="cis", WaiterConfig={"Delay": 1})
    alarms = cloud.client("cloudwatch").describe_alarms(MaxRecords=100)["MetricAlarms"]
    template = json.loads(_object(cloud, "templates", "all.json")["Body"].read())
    kinds = [one["Type"] for one in template["Resources"].values()]
    assert len(alarms) == kinds.count("AWS::CloudWatch::Alarm") > 16


@pytest.mark.parametrize(
    ("way", "where"),
    [
        ("stack-set", ("Resources", "StackSet", "Properties", "TemplateURL")),
        ("terraform", ("resource", "aws_cloudformation_stack_set", "cis_insights", "template_url")),
    ],
)
def test_a_rollout_uploads_and_names_the_url_in_one_go(
    cloud: LocalCloud, way: str, where: tuple[str, ...]
) -> None:
    result = _run("rollout", way, *EVERYWHERE, "-c", "extended=all", "--upload", f"s3://templates/{way}.json")
    found = json.loads(result.stdout)
    for name in where:
        found = found[name]
    assert found == f"https://templates.s3.eu-west-1.amazonaws.com/{way}.json"
    assert f"{way}.json" in _keys(cloud, "templates")


def test_control_tower_customizations_and_a_product_take_what_was_uploaded_too(cloud: LocalCloud) -> None:
    manifest = _run("rollout", "cfct", *EVERYWHERE, *FEW, "--upload", "s3://templates/cfct.json").stdout
    assert "resource_file: https://templates.s3.eu-west-1.amazonaws.com/cfct.json\n" in manifest
    product = _run("rollout", "service-catalog", *FEW, "--upload", "s3://templates/product.json").stdout
    url = json.loads(product)["Parameters"]["TemplateUrl"]["Default"]
    assert url == "https://templates.s3.eu-west-1.amazonaws.com/product.json"
    assert _object(cloud, "templates", "product.json")["Body"].read() == _run("template", *FEW).stdout_bytes


def test_nothing_is_uploaded_where_something_is_wrong(cloud: LocalCloud, tmp_path: Path) -> None:
    upload = ["--upload", "s3://templates/never.json", "-o", tmp_path / "x"]
    assert _run("template", "-c", "prefx=a", *upload).exit_code == 1
    assert _run("rollout", "cfct", *EVERYWHERE, "-p", "Email=soc", *upload).exit_code == 1
    assert _run("rollout", "terraform", *ROLLED_OUT, "--ou", "Workloads", *upload).exit_code == 1
    assert "never.json" not in _keys(cloud, "templates")
    assert not list(tmp_path.iterdir())


SAID: dict[str, tuple[list[str], dict[str, str], str]] = {
    "no such bucket": (
        [],
        {},
        "s3://no-such-bucket/cis.json: error: there is no bucket no-such-bucket\n"
        "    hint: aws s3 mb s3://no-such-bucket, or name another\n",
    ),
    "no credentials": (
        [],
        {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
        "s3://no-such-bucket/cis.json: error: there are no credentials\n"
        "    hint: log in, or write --profile NAME\n",
    ),
    "no such profile": (
        ["--profile", "soc"],
        {},
        "s3://no-such-bucket/cis.json: error: The config profile (soc) could not be found\n"
        "    hint: aws configure list-profiles\n",
    ),
}


@pytest.mark.parametrize("case", SAID.values(), ids=SAID.keys())
@pytest.mark.parametrize(
    ("command", "end"),
    [
        (["template"], "\nno template was written\n"),
        (["rollout", "service-catalog"], "\nnothing was written\n"),
        (["rollout", "cfct", *EVERYWHERE, *FEW], "\nnothing was written\n"),
    ],
    ids=["template", "service-catalog", "cfct"],
)
def test_a_bucket_that_is_not_to_be_had_is_said_in_a_sentence(
    cloud: LocalCloud,
    command: list[str],
    end: str,
    case: tuple[list[str], dict[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options, environment, said = case
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = _run(*command, "--upload", "s3://no-such-bucket/cis.json", *options)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", said + end)


def test_who_may_not_write_is_told_which_permission_is_missing(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may not ask for the bucket may still write to it; S3 says the Region in its refusal too."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    from cli import upload  # noqa: PLC0415

    class Refusing:
        def head_bucket(self, **_: str) -> None:
            headers = {"x-amz-bucket-region": "us-gov-west-1"}
            answer = {"Error": {"Code": "403"}, "ResponseMetadata": {"HTTPHeaders": headers}}
            raise ClientError(answer, "HeadBucket")  # type: ignore[arg-type]

        def put_object(self, **_: str) -> None:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, "PutObject")

    monkeypatch.setattr(upload.boto3.session.Session, "client", lambda *_: Refusing())
    result = _run("template", *FEW, "--upload", "s3://templates/cis.json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "s3://templates/cis.json: error: access denied: Access Denied\n"
        "    hint: s3:PutObject is needed for templates/cis.json, and kms:GenerateDataKey where a key"
        " encrypts the bucket\n\n"
        "no template was written\n"
    )
    monkeypatch.setattr(Refusing, "put_object", lambda *_, **__: None)
    written = _run("template", *FEW, "--upload", "s3://templates/cis.json")
    assert written.stdout == "https://templates.s3.us-gov-west-1.amazonaws.com/cis.json\n"


@pytest.mark.parametrize(
    "place",
    [
        "templates/cis.json",
        "s3://templates",
        "s3://templates/",
        "s3://templates/a/",
        "s3://Templates/a",
        "s3://templates/a b",
        "s3://templates/{{resolve:ssm:a}}",
        "https://templates.s3.amazonaws.com/a",
        f"s3://templates/{'a' * 1025}",
    ],
)
def test_a_place_of_another_form_is_refused_before_anything_is_made(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.main.template", lambda _: pytest.fail("synthesized"))
    result = _run("template", "--upload", place)
    assert result.exit_code == 2
    assert result.stderr == (
        "Usage: main template [OPTIONS]\nTry 'main template --help' for help.\n\n"
        f"Error: Invalid value for '--upload': {place!r} does not fit: write s3://BUCKET/KEY, the key of"
        " letters, digits and . _ - /\n"
    )


def test_two_addresses_and_settings_of_no_template_are_refused() -> None:
    two = _run(
        "rollout", "service-catalog", "--upload", "s3://templates/a", "--template-url", "https://a.example/b"
    )
    assert (two.exit_code, two.stderr.splitlines()[-1]) == (
        2,
        "Error: --upload makes an address, and --template-url names another: give one of them",
    )
    idle = _run("rollout", "service-catalog", *FEW)
    assert (idle.exit_code, idle.stderr.splitlines()[-1]) == (
        2,
        "Error: -c is for the template that --upload writes: give it too, or leave -c out",
    )


def test_without_boto3_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cli.upload", raising=False)
    monkeypatch.setitem(sys.modules, "boto3", None)
    result = _run("template", "--upload", "s3://templates/cis.json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == ("error: there is no module boto3\n    hint: pip install 'cis-insights[aws]'\n")
