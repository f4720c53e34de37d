"""Saved queries through the API."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_cloud import LocalCloud


def test_they_are_listed_by_name_in_pages(cloud: LocalCloud) -> None:
    logs = cloud.client("logs", "eu-west-1")
    for name in ("cis/2", "cis/1", "other", "cis/3"):
        logs.put_query_definition(name=name, queryString="fields @message")
    first = logs.describe_query_definitions(queryDefinitionNamePrefix="cis/", maxResults=2)
    rest = logs.describe_query_definitions(
        queryDefinitionNamePrefix="cis/", maxResults=2, nextToken=first["nextToken"]
    )
    pages = [[item["name"] for item in page["queryDefinitions"]] for page in (first, rest)]
    assert pages == [["cis/1", "cis/2"], ["cis/3"]]
    assert "nextToken" not in rest


def test_a_definition_is_replaced_by_its_id(cloud: LocalCloud) -> None:
    logs = cloud.client("logs", "eu-west-2")
    identifier = logs.put_query_definition(name="a", queryString="fields a")["queryDefinitionId"]
    logs.put_query_definition(name="b", queryString="fields b", queryDefinitionId=identifier)
    [definition] = logs.describe_query_definitions()["queryDefinitions"]
    assert (definition["name"], definition["queryDefinitionId"]) == ("b", identifier)


def test_an_unknown_one_is_not_replaced_or_deleted(cloud: LocalCloud) -> None:
    logs = cloud.client("logs")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        logs.put_query_definition(name="a", queryString="fields a", queryDefinitionId="none")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        logs.delete_query_definition(queryDefinitionId="none")


def test_a_wrong_name_of_a_parameter_is_refused(cloud: LocalCloud) -> None:
    with pytest.raises(ClientError, match="InvalidParameterException"):
        cloud.client("logs").put_query_definition(
            name="a", queryString="fields a", parameters=[{"name": "a-b"}]
        )
