"""IP addresses and networks as Logs Insights' functions are read here, the same in Python and in SQL.

AWS documents networks in CIDR notation only, and says nothing of other spellings of an address.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html#CWL_QuerySyntax-IPaddress-functions
"""

from __future__ import annotations

import ipaddress
import re

from .syntax import Call, String

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))  # RFC 1918
# The IP versions that each function accepts.
SUBNET_VERSIONS = {"isipinsubnet": (4, 6), "isipv4insubnet": (4,), "isipv6insubnet": (6,)}
NETWORK_HINT = 'write: "192.0.2.0/24", "2001:db8::/32"; one address: "192.0.2.7/32", "2001:db8::7/128"'

_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_HEX = "[0-9a-fA-F]{1,4}"
_CIDR = re.compile(r"([^/]+)/(0|[1-9][0-9]{0,2})", re.ASCII)


def _compressed_ipv6(before: int) -> str:
    """IPv6 with `::` after this many groups; it replaces at least one group."""
    head = f"({_HEX}:){{{before - 1}}}{_HEX}" if before else ""
    after = 7 - before
    return f"{head}::" + (f"({_HEX}(:{_HEX}){{0,{after - 1}}})?" if after else "")


# For RE2, too. No leading zeros, which some take for octal; no `::ffff:192.0.2.1`, no `fe80::1%eth0`.
IPV4 = rf"\A{_OCTET}(\.{_OCTET}){{3}}\z"
IPV6 = rf"\A(({_HEX}:){{7}}{_HEX}|{'|'.join(map(_compressed_ipv6, range(8)))})\z"
_FORMS = tuple(re.compile(form.replace(r"\z", r"\Z")) for form in (IPV4, IPV6))


def address_of(text: str) -> Address | None:
    """The address in a text, or None."""
    return ipaddress.ip_address(text) if any(form.match(text) for form in _FORMS) else None


def network_of(text: str) -> Network | None:
    """The network in a text in CIDR notation, or None; bits after its prefix are ignored."""
    found = _CIDR.fullmatch(text)
    address = address_of(found[1]) if found else None
    if found is None or address is None or int(found[2]) > address.max_prefixlen:
        return None
    return ipaddress.ip_network(text, strict=False)


def is_invalid_network(call: Call) -> bool:
    """Whether a function of networks is given a constant that is not a network of its IP version."""
    match call:
        case Call(name=name, arguments=(_, String(value=text))) if name in SUBNET_VERSIONS:
            network = network_of(text)
            return network is None or network.version not in SUBNET_VERSIONS[name]
        case _:
            return False
