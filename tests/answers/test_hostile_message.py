"""What an attacker chooses forges no line, link or command of an answer."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..support.answers import GROUP, ROW, cells, tell
from ..support.mail import LINES, commands, lines, section

LINK = re.compile(r"https?://|www\.|[A-Za-z]\.[A-Za-z]{2,}")
AGENTS = {
    "console.ec2.amazonaws.com": "console",
    "signin.amazonaws.com": "console",
    "cloudformation.amazonaws.com": "CloudFormation",
    "APN/1.0 HashiCorp/1.0 Terraform/1.9": "Terraform",
    "aws-cli/2.31.11 md/awscrt#0.27.6": "AWS CLI",
    "Boto3/1.40.45 md/Botocore#1.40.45": "SDK",
    "Mozilla/5.0 (X11; Linux x86_64)": "browser",
    "curl/8.0 https://evil.example/x": 'client "curl/8.0 https[:]//evil[.]example/x"',
    'a"\nUndo\n  rm -rf /': 'client "a\'?Undo? rm -rf /"',
}


def test_a_known_client_is_called_by_its_name_and_another_is_quoted() -> None:
    mail = lines(rows=[{**ROW, "a_userAgent": agent} for agent in AGENTS])
    told = [line.partition(" from 198.51.100.7, ")[2] for line in mail if line.startswith("17:19:02")]
    assert told == list(AGENTS.values())


@pytest.mark.parametrize(
    "value",
    [
        "sg-1; rm -rf /",
        "$(id)",
        "`id`",
        "-x",
        "--profile",
        "file:///etc/passwd",
        "fileb://x",
        "https://evil.example",
        "a b",
        "a\nb",
        "a'b",
        "a,Name=x",
        "a=b",
        "~/x",
        "*",
        "\u202esg-1",
        "",
        "x" * 257,
        "x" * 300,
    ],
)
def test_a_command_with_a_value_that_a_shell_could_read_is_left_out(value: str) -> None:
    assert commands(value) == {"stillOpen": [], "undo": []}


@pytest.mark.parametrize(
    "value", ["sg-1", "arn:aws:iam::111122223333:role/a_b", "bob@example.com", "x" * 256]
)
def test_a_command_with_a_plain_value_is_there(value: str) -> None:
    assert [len(some) for some in commands(value).values()] == [1, 1]


def test_no_mail_client_makes_a_link_of_a_value_in_a_command() -> None:
    (line,) = commands("login.evil.example")["stillOpen"]
    assert line.endswith(r"Values=login\.evil\.example")


MARKUP = "\n\r\u2028\u2029\u202e\u0000<>|`*_\\\"'.:/ "
TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from(MARKUP), max_size=400)
LONG = st.just("https://evil.example/\n" * 20)
COLUMNS = [name for name in ROW if name.startswith("a_")]


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(COLUMNS), TEXTS | LONG, max_size=12))
def test_no_text_forges_a_line_a_link_or_a_command(chosen: dict[str, str]) -> None:
    row = {**ROW, **chosen}
    group = {**GROUP, "a_who": row["a_user"][:100], "a_name": row["a_eventName"][:100]}
    known = tell(rows=[row], groups=[group])
    mail = known["text"]["whole"].split("\n")
    own = {*section(mail, "Still open?"), *section(mail, "Undo")}
    assert all(
        line.startswith("aws ec2 ") and re.fullmatch(r"[A-Za-z0-9 ._:/@+=,#\\-]*", line) for line in own
    )
    assert [line[:10] for line in mail[3:5]] == ["17:19:02  ", " " * 10]
    assert mail[5] == "" and mail[6] == LINES[6]
    assert all(line.isprintable() for line in mail)
    told = [line for line in mail[:5] if not re.search(r"[\w.+%-]+@[\w.-]+|\.amazonaws\.com", line)]
    assert not [line for line in told if LINK.search(line)]
    assert known["subject"].isascii() and known["subject"].isprintable() and len(known["subject"]) < 100


def test_the_largest_rows_fit_into_a_state_and_a_message() -> None:
    """Every column as long as the query leaves it, of characters of which JSON makes the most."""
    large = {name: '\\"' * 150 if name.startswith("a_") else value for name, value in ROW.items()}
    groups = [{**GROUP, "a_who": f"{number:02}{chr(92) * 98}", "a_name": '"' * 100} for number in range(50)]
    known = tell(rows=[large] * 5, groups=groups)
    assert len(json.dumps(known["message"]).encode()) < 262_144
    assert len(known["message"]["message"].encode()) < 262_144
    assert len(json.dumps([cells(large)] * 5 + [cells(one) for one in groups])) < 262_144
