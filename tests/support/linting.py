"""cfn-lint over every Region, at the price of a few.

Regions whose schemas of a template's resource types are the same are answered by one of them, one for each
partition.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

from cfnlint import helpers
from cfnlint.api import ManualArgs, lint
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

# Every Region of three partitions.
REGIONS = tuple(one for one in helpers.REGIONS if not one.startswith(("us-iso", "eu-iso", "eusc")))
# Where CloudFormation has every type that is used, log alarms and Service Catalog among them.
MAIN = ("us-east-1", "eu-west-1", "ap-southeast-2")
OTHER_PARTITIONS = tuple(one for one in REGIONS if one.startswith(("cn-", "us-gov-")))


def find_faults(template: str, regions: Sequence[str] = REGIONS) -> list[str]:
    """What cfn-lint finds: rule, place and message."""
    found = lint(template, config=ManualArgs(regions=representatives(template, regions)))
    return [f"{match.rule.id} {match.path} {match.message}" for match in found]


def representatives(template: str, regions: Sequence[str]) -> list[str]:
    """One Region for each partition and each set of schemas that cfn-lint knows for the template's types."""
    types = sorted({one["Type"] for one in json.loads(template)["Resources"].values()})
    found: dict[tuple[str, ...], str] = {}
    for region in regions:
        key = (_partition(region), *(_read_schema(region, type_) for type_ in types))
        found.setdefault(key, region)
    return list(found.values())


def _partition(region: str) -> str:
    return next((one for one in ("cn-", "us-gov-") if region.startswith(one)), "")


@cache
def _read_schema(region: str, type_: str) -> str:
    """The schema of a type, or nothing where the Region has none."""
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_).schema
    except ResourceNotFoundError:
        return ""
    return json.dumps(schema, sort_keys=True, default=str)
