"""SQL of the local cloud reads the files of its tables, and no other file of the machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_cloud import LocalCloud

from ..support.by_hand import send


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        running.client("s3").create_bucket(Bucket="results")
        running.client("glue").create_database(DatabaseInput={"Name": "default"})
        yield running


def _ask(cloud: LocalCloud, sql: str) -> tuple[str, Any]:
    athena = cloud.client("athena")
    where = {"OutputLocation": "s3://results/"}
    key = athena.start_query_execution(QueryString=sql, ResultConfiguration=where)["QueryExecutionId"]
    while True:
        status = athena.get_query_execution(QueryExecutionId=key)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.02)
    if status["State"] == "FAILED":
        return "FAILED", status["StateChangeReason"]
    return "SUCCEEDED", athena.get_query_results(QueryExecutionId=key)["ResultSet"]["Rows"][1:]


SQL = [
    "select * from read_text('{file}')",
    "select * from read_csv('{file}')",
    "select * from read_blob('{file}')",
    "select * from '{file}'",
    'select * from "{file}"',
    "select * from glob('{folder}/*')",
    "copy (select 1) to '{folder}/written'",
    "select 1; copy (select 1) to '{folder}/written'",
    "export database '{folder}/written'",
    "attach '{folder}/written' as other",
    "create table x as select * from read_text('{file}')",
    "select * from read_csv('s3://results/../../../../../..{file}')",
    "select * from read_csv('http://127.0.0.1:1/x')",
    "load httpfs",
    "install httpfs",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset enable_external_access",
]


@pytest.mark.parametrize("sql", SQL)
def test_sql_reaches_no_file_of_the_machine(cloud: LocalCloud, tmp_path: Path, sql: str) -> None:
    (tmp_path / "secret.csv").write_text("a,b\nsecret,1\n")
    state, said = _ask(cloud, sql.format(file=tmp_path / "secret.csv", folder=tmp_path))
    assert state == "FAILED" and "secret,1" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]


def _table(cloud: LocalCloud, name: str) -> None:
    storage = {
        "Columns": [{"Name": "a", "Type": "string"}],
        "Location": f"s3://results/{name}/",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
    }
    cloud.client("glue").create_table(
        DatabaseName="default",
        TableInput={"Name": name, "StorageDescriptor": storage, "TableType": "EXTERNAL_TABLE"},
    )


def test_sql_reads_the_files_of_its_tables(cloud: LocalCloud) -> None:
    _table(cloud, "rows")
    cloud.client("s3").put_object(Bucket="results", Key="rows/one.json", Body=b'{"a": "here"}')
    state, rows = _ask(cloud, "select a from rows")
    assert (state, rows) == ("SUCCEEDED", [{"Data": [{"VarCharValue": "here"}]}])


def test_a_key_is_no_path_of_the_machine(cloud: LocalCloud, tmp_path: Path) -> None:
    _table(cloud, "paths")
    victim = tmp_path / "victim.json"
    for number, key in enumerate((f"paths/{victim}", f"paths/../../../../..{victim}")):
        send(cloud, "s3", b'{"a": "x"}', f"/results/{key}", "PUT")
        assert _ask(cloud, "select a from paths")[0] == "SUCCEEDED", number
    assert list(tmp_path.iterdir()) == []
