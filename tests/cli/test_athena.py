"""The back-test in Athena: what it counts is what the files say; it reads what is asked for, and no more."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlglot import exp, parse_one

from cis_insights import QueryError, load_catalogue, parse_query
from cis_insights.backtest.athena_table import Table, documented
from cis_insights.backtest.in_athena import MAX_BYTES, hits_sql
from cis_insights.sql.values import Unsupported
from cli.main import main
from local_cloud import LocalCloud

from ..catalogue.test_events import PATHS

CATALOGUE = load_catalogue()
QUERIES = {control.id: control.query for control in CATALOGUE.values() if control.is_alarm}
DOCUMENTED = documented("logs.cloudtrail")
INPUT = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"
NAME = "logs.cloudtrail"
ROOT = "root-account-usage"
UNTIMED = {"eventName": "StopLogging", "recipientAccountId": "111122223333", "awsRegion": "eu-west-1"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running, pytest.MonkeyPatch.context() as patch:
        for name, value in running.environment().items():
            patch.setenv(name, value)
        _deliver(running)
        _create_table(running)
        yield running


def _deliver(cloud: LocalCloud) -> None:
    """Every recorded event, as an organization's trail would have delivered it."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="trail")
    folders: dict[str, list[Any]] = defaultdict(list)
    for record in [*map(_recorded, PATHS), UNTIMED]:
        day = record.get("eventTime", "2026-11-02")[:10].replace("-", "/")
        folders[f"{record['recipientAccountId']}/CloudTrail/{record['awsRegion']}/{day}"].append(record)
    for folder, records in folders.items():
        body = gzip.compress(json.dumps({"Records": records}).encode())
        s3.put_object(Bucket="trail", Key=f"AWSLogs/o-1/{folder}/file.json.gz", Body=body)


def _recorded(path: Path) -> Any:
    return json.loads(path.read_text())


def _accounts() -> str:
    return ",".join(sorted({_recorded(path)["recipientAccountId"] for path in PATHS}))


def _create_table(cloud: LocalCloud) -> None:
    glue = cloud.client("glue")
    glue.create_database(DatabaseInput={"Name": "logs"})
    location = "s3://trail/AWSLogs/o-1/"
    properties = {
        "projection.enabled": "true",
        "projection.account.type": "enum",
        "projection.account.values": _accounts(),
        "projection.region.type": "injected",
        "projection.day.type": "date",
        "projection.day.format": "yyyy/MM/dd",
        "projection.day.range": "2026/01/01,NOW",
        "storage.location.template": location + "${account}/CloudTrail/${region}/${day}",
    }
    columns = [{"Name": name, "Type": kind} for name, kind in DOCUMENTED.columns.items()]
    glue.create_table(
        DatabaseName="logs",
        TableInput={
            "Name": "cloudtrail",
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": name, "Type": "string"} for name in ("account", "region", "day")],
            "StorageDescriptor": {"Columns": columns, "Location": location, "InputFormat": INPUT},
            "Parameters": properties,
        },
    )


def _regions() -> str:
    return ",".join(sorted({_recorded(path)["awsRegion"] for path in PATHS}))


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["backtest", *arguments])


def _in_athena(*arguments: str) -> Result:
    where = (
        "--athena",
        NAME,
        "--output-location",
        "s3://trail/results/",
        "--partition",
        f"region={_regions()}",
    )
    return _run(*where, *arguments)


# --- counts -----------------------------------------------------------------------------


@pytest.mark.parametrize("span", [(), ("--since", "2026-11-02", "--until", "2026-11-03T12:00")], ids=str)
def test_athena_counts_what_the_files_say(cloud: LocalCloud, tmp_path: Path, span: tuple[str, ...]) -> None:
    lines = "\n".join(json.dumps(_recorded(path)) for path in PATHS)
    (tmp_path / "all.jsonl").write_text(lines)
    there, here = _in_athena("--json", *span), _run("--json", str(tmp_path), *span)
    assert there.exit_code == 1, there.output  # the record without a time
    counted, expected = json.loads(there.stdout), json.loads(here.stdout)
    assert expected["controls"][0]["events"] or span
    for one in (*counted["controls"], *expected["controls"]):
        del one["alarms_a_day"], one["alarms_a_week"]  # the table is counted by whole days
    assert counted["controls"] == expected["controls"]


def test_a_record_without_a_time_is_named(cloud: LocalCloud) -> None:
    result = _in_athena("--json")
    assert "logs.cloudtrail: not counted: a record without eventTime" in result.stderr
    assert json.loads(result.stdout)["records"] == len(PATHS)


def test_an_exclusion_and_a_threshold_are_tried_in_athena_too(cloud: LocalCloud) -> None:
    def tried(*arguments: str) -> Any:
        result = _in_athena("--json", "--control", ROOT, *arguments)
        return json.loads(result.stdout)["controls"][0]

    plain = tried()
    assert plain["events"] and plain["alarms"]
    assert tried("--threshold", f"{ROOT}=1000")["alarms"] == 0
    assert tried("--exclude", f'{ROOT}=eventSource like "iam"')["events"] < plain["events"]


# --- what is read -----------------------------------------------------------------------


def _would_read(*arguments: str) -> str:
    return _in_athena("--dry-run", *arguments).output


def test_a_dry_run_says_the_bytes_of_the_files_and_runs_nothing(cloud: LocalCloud) -> None:
    objects = cloud.client("s3").list_objects_v2(Bucket="trail", Prefix="AWSLogs/")["Contents"]
    before = cloud.client("athena").list_query_executions()["QueryExecutionIds"]
    size = sum(one["Size"] for one in objects)
    assert _would_read() == f"{len(objects):,} files, {size:,} bytes would be read\n"
    assert cloud.client("athena").list_query_executions()["QueryExecutionIds"] == before


def test_a_dry_run_counts_only_the_days_and_partitions_that_are_asked_for(cloud: LocalCloud) -> None:
    first = min(_recorded(path)["eventTime"][:10] for path in PATHS)
    # Its last events are delivered after midnight.
    days = (datetime.fromisoformat(first), datetime.fromisoformat(first) + timedelta(days=1))
    account = "AWSLogs/o-1/111122223333/"
    objects = cloud.client("s3").list_objects_v2(Bucket="trail", Prefix=account)["Contents"]
    wanted = [one for one in objects if any(f"/{day:%Y/%m/%d}/" in one["Key"] for day in days)]
    assert 0 < len(wanted) < len(objects)
    said = _would_read("--partition", "account=111122223333", "--since", first, "--until", first)
    assert said.startswith(f"{len(wanted)} files, {sum(one['Size'] for one in wanted):,} bytes")
    assert _would_read("--since", "2031-01-01", "--until", "2031-01-02").startswith("0 files, 0 bytes")


def test_the_statement_names_the_partitions_it_reads() -> None:
    sql = _run(
        "--athena", NAME, "--documented-table", "--sql", "--since", "2026-11-01", "--until", "2026-11-08"
    )
    # Files lie in the folder of the day of their delivery, which is later than their events.
    assert "\"timestamp\" >= '2026/11/01' AND \"timestamp\" <= '2026/11/09'" in sql.output
    assert "\"time\" < FROM_ISO8601_TIMESTAMP('2026-11-08T00:00:00Z')" in sql.output


def test_without_a_time_no_partition_is_left_out() -> None:
    assert '"timestamp"' not in _run("--athena", NAME, "--documented-table", "--sql").output


def test_partitions_of_year_month_and_day_are_named_too() -> None:
    parts = {"year": "string", "month": "int", "day": "int"}
    table = Table("t", "logs", DOCUMENTED.columns, parts)
    sql = hits_sql(QUERIES, table, since=datetime(2026, 11, 1))
    assert "LPAD(CAST(\"month\" AS VARCHAR), 2, '0')" in sql and ">= '20261101'" in sql


def test_a_partition_that_athena_wants_is_asked_for(cloud: LocalCloud) -> None:
    said = _run("--athena", NAME, "--output-location", "s3://trail/results/").output
    assert said == "Error: Athena wants values of the partition column region: --partition region=..\n"


# --- the statement ----------------------------------------------------------------------


def test_the_statement_is_athena_s_sql_and_short_enough() -> None:
    sql = hits_sql(QUERIES, DOCUMENTED, since=datetime(2026, 11, 1))
    tree = parse_one(sql, read="athena")
    assert len(sql) < MAX_BYTES / 8
    assert not list(tree.find_all(exp.Anonymous))
    assert [column.alias_or_name for column in tree.selects][:2] == ["control", "minute"]
    assert len(list(tree.find_all(exp.Table))) == 3  # the table itself once: one scan


def test_what_an_event_would_need_and_the_table_lacks_is_named_for_every_control() -> None:
    few = {
        name: kind
        for name, kind in DOCUMENTED.columns.items()
        if name not in ("errorcode", "responseelements")
    }
    with pytest.raises(QueryError) as error:
        hits_sql(QUERIES, Table("t", "logs", few))
    said = str(error.value)
    assert (
        "queries/cis/01-unauthorized-api-calls.cwli:" in said
        and "the table t has no column errorcode" in said
    )
    assert "queries/cis/02-console-login-without-mfa.cwli:" in said
    assert "the table t has no column responseelements" in said


def test_a_field_that_a_struct_lacks_is_named() -> None:
    with pytest.raises(QueryError, match="the table's column useridentity has no field shoeSize"):
        hits_sql({"x": parse_query('filter userIdentity.shoeSize = "42"')}, DOCUMENTED)


def test_text_in_a_query_stays_text() -> None:
    sql = hits_sql({"x": parse_query("filter eventName = \"a' OR '1'='1\"")}, DOCUMENTED)
    [found] = [one for one in parse_one(sql, read="athena").find_all(exp.Literal) if "OR" in one.name]
    assert found.name == "a' OR '1'='1"


def test_a_statement_that_is_too_long_for_athena_is_refused() -> None:
    long = parse_query("filter " + " or ".join(f'eventName = "{"x" * 900}{number}"' for number in range(10)))
    assert hits_sql({"x": long}, DOCUMENTED)
    with pytest.raises(Unsupported, match="more than 262,144 bytes"):
        hits_sql({f"x{number}": long for number in range(40)}, DOCUMENTED)


# --- errors -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--athena", "logs.nothing"), "Entity logs/nothing not found."),
        (("--athena", "cloudtrail"), "'cloudtrail' is not DATABASE.TABLE"),
        (("--athena", NAME, "--partition", f"region={'eu-west-1'}"), "No output location provided."),
        (("--athena", NAME, "--partition", "nation=x"), "nation is not a partition column of cloudtrail"),
        (("--athena", NAME, "--partition", "region"), "'region' is not NAME=VALUE,.."),
        (("--athena", NAME, "file.json"), "name files or folders to read, or one table with --athena"),
        (("--sql", "file.json"), "--sql needs --athena"),
        (("--control", "nobody", "file.json"), "no control is called 'nobody'"),
    ],
    ids=str,
)
def test_a_wrong_argument_is_said_plainly(
    cloud: LocalCloud, arguments: tuple[str, ...], message: str
) -> None:
    result = _run(*arguments)
    assert result.exit_code and message in result.output and "Traceback" not in result.output


def test_a_place_in_a_list_counts_from_one_in_trino() -> None:
    first, second = (DOCUMENTED.item(f"resources.{place}.ARN").sql.sql("athena") for place in (0, 1))
    assert first == 'ELEMENT_AT("resources", 1)."arn"'
    assert second == 'ELEMENT_AT("resources", 2)."arn"'


def test_a_part_of_a_document_is_asked_for_as_trino_spells_it() -> None:
    item = DOCUMENTED.item('requestParameters.items.0.a"b')
    part = """TRY(JSON_FORMAT(JSON_EXTRACT("requestparameters", '$.items[0]["a\\"b"]')))"""
    assert item.sql.sql("athena") == part
    value = item.value(item.sql)
    assert value.is_map is not None
    assert value.is_map.sql("athena") == f"COALESCE(SUBSTR({part}, 1, 1) IN ('{{', '['), FALSE)"
    assert f"(SUBSTR({part}, 1, 1)) = '\"' THEN JSON_EXTRACT_SCALAR({part}, '$')" in value.text.sql("athena")


def test_a_document_that_is_null_is_none_and_a_truth_may_be_a_boolean_or_a_text() -> None:
    document, truth = (DOCUMENTED.item(name) for name in ("requestParameters", "readOnly"))
    is_map = document.value(document.sql).is_map
    assert is_map is not None
    assert is_map.sql("athena") == """COALESCE("requestparameters" <> 'null', FALSE)"""
    assert """(LOWER(CAST("readonly" AS VARCHAR))) = 'true'""" in truth.value(truth.sql).number.sql("athena")
