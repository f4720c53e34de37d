"""Addresses and networks: Python and the SQL read every spelling alike."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cis_insights import QueryError, load_catalogue, parse_query
from cis_insights.logs_insights.addresses import address_of, network_of
from cis_insights.sql import LogEvent, run_query

from ..sql.test_values import check

ODD = [
    "06.237.252.245", "01.2.3.4", "1.2.3.04", "1.2.3.4 ", " 1.2.3.4", "1.2.3", "1.2.3.4.5", "1.2.3.4.",
    "256.1.1.1", "0.0.0.1", "255.255.255.255", "1.2.3.4\n", "1.2.3.4/32", "", "::", "::1", "1::", ":1", "1:",
    ":::", "1::2::3", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "2001:DB8::F", "2001:0db8::000f", "2001:db8::0000f", "fe80::1%eth0",
    "::ffff:192.0.2.1", "::ffff:c000:201", "g::", "1.2.3.٤", "203.0.113.7", "cloudtrail.amazonaws.com",
]  # fmt: skip
NETWORKS = [
    "0.0.0.0/0", "203.0.113.7/32", "203.0.113.9/24", "128.0.0.0/1", "::/0", "2001:db8::/32",
    "2001:db8::f/127", "::1/128", "8000::/1", "1:2:3:4:5:6:7:8/61",
]  # fmt: skip
NO_NETWORKS = [
    "203.0.113.7", "203.0.113.0/255.255.255.0", "203.0.113.0/ 24", "203.0.113.0/024", "203.0.113.0/33",
    "::/129", "203.0.113.0/", "/24", "", "::1", "06.0.0.0/8",
    "203.0.113.0/24 ", "203.0.113.0/-1", "2001:db8:/32",
]  # fmt: skip
OF_ADDRESSES = [
    "isvalidip(a)", "isvalidipv4(a)", "isvalidipv6(a)", "ipv4tonumber(a)", "isprivateip(a)",
    *(f'isipinsubnet(a, "{network}")' for network in NETWORKS),
    *(f'isipv{6 if ":" in network else 4}insubnet(a, "{network}")' for network in NETWORKS),
]  # fmt: skip

ANY = st.ip_addresses().map(str)
CHANGED = st.builds(
    lambda text, at, new: text[: at % len(text)] + new + text[at % len(text) + 1 :],
    ANY, st.integers(0, 50), st.sampled_from(["", ":", "::", ".", "0", "00", "f", "G", " ", "9"]),
)  # fmt: skip


@given(st.lists(ANY | CHANGED | st.ip_addresses(v=6).map(lambda one: one.exploded.upper()), min_size=1))
@settings(max_examples=4, deadline=None)
def test_both_engines_read_any_address_alike(texts: list[str]) -> None:
    check(OF_ADDRESSES, [{"a": text} for text in [*texts, *ODD]])


@given(ANY, st.ip_addresses(), st.integers(0, 128))
@settings(max_examples=4, deadline=None)
def test_both_engines_find_an_address_in_the_same_networks(
    text: str, other: ipaddress.IPv4Address | ipaddress.IPv6Address, bits: int
) -> None:
    network = f"{other}/{min(bits, other.max_prefixlen)}"
    near = ipaddress.ip_network(network, strict=False)
    edges = [int(near[0]) - 1, int(near[0]), int(near[-1]), int(near[-1]) + 1]
    texts = [str(type(other)(edge)) for edge in edges if 0 <= edge < 2**other.max_prefixlen]
    check([f'isipinsubnet(a, "{network}")'], [{"a": one} for one in [text, *texts]])


@given(ANY | CHANGED)
@settings(max_examples=500)
def test_an_address_is_what_the_standard_library_takes_but_for_mixed_notation_and_zones(text: str) -> None:
    try:
        known = ipaddress.ip_address(text)
    except ValueError:
        assert address_of(text) is None
    else:
        assert address_of(text) == (None if ":" in text and ("." in text or "%" in text) else known)


@pytest.mark.parametrize("text", ODD)
def test_an_odd_spelling_is_read_as_the_standard_library_does(text: str) -> None:
    test_an_address_is_what_the_standard_library_takes_but_for_mixed_notation_and_zones.hypothesis.inner_test(
        text
    )  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", NETWORKS)
def test_a_network_is_an_address_and_the_length_of_its_prefix(text: str) -> None:
    assert network_of(text) == ipaddress.ip_network(text, strict=False)


@pytest.mark.parametrize("text", NO_NETWORKS)
def test_anything_else_is_refused_in_both_engines_with_what_to_write(text: str) -> None:
    assert network_of(text) is None
    query = f'filter isIpInSubnet(a, "{text}")'
    with pytest.raises(QueryError) as asked:
        parse_query(query).matches({"a": "203.0.113.7"})
    with pytest.raises(QueryError) as run:
        run_query(query, [])
    assert str(asked.value).replace("<condition>", "<query>") == str(run.value)
    assert "hint: write: " in str(run.value)
    assert run.value.faults[0].message == "isipinsubnet takes a network in CIDR notation"


def test_a_network_of_the_other_version_is_refused_where_one_version_is_asked_for() -> None:
    for text in ('isIpv4InSubnet(a, "::/0")', 'isIpv6InSubnet(a, "0.0.0.0/0")'):
        with pytest.raises(QueryError, match="takes a network in CIDR notation"):
            run_query(f"filter {text}", [])
    assert run_query('filter isIpv6InSubnet(a, "::/0")', []) == []


@pytest.mark.parametrize(
    ("network", "found"),
    [
        ("0.0.0.0/0", ["192.0.2.44", "203.0.113.7"]),
        ("203.0.113.7/32", ["203.0.113.7"]),
        ("::/0", ["2001:db8::5"]),
        ("2001:db9::/32", []),
    ],
)
def test_address_activity_finds_both_kinds_of_addresses(network: str, found: list[str]) -> None:
    control = load_catalogue()["address-activity"]
    addresses = ["203.0.113.7", "192.0.2.44", "2001:db8::5", "cloudtrail.amazonaws.com"]
    log = [LogEvent(number, f'{{"sourceIPAddress": "{text}"}}') for number, text in enumerate(addresses)]
    rows = run_query(control.query_text, log, parameters={"network": network})
    assert [row["sourceIPAddress"] for row in rows] == found
