"""Exclusions with a reason, an owner and an end: read, shown wherever somebody decides, and ended in time."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from aws_cdk.assertions import Annotations, Match, Template

from cis_insights.verification.verifier import verify
from cli.verify.files import read_text
from stacks import ControlSettings, Exclusion, Settings, SettingsError
from stacks.alarm_text import MAX_DESCRIPTION
from stacks.dashboards import build_overview
from stacks.deployed_control import DeployedControl, Plan
from stacks.plan import plan
from stacks.settings.context import reread_settings

from ..support.synth import built_in, settings, stack

CONDITION = 'userAgent = "x"'
FULL = {"condition": CONDITION, "why": "nightly scan", "owner": "SecOps", "until": "2027-03-31"}
END = date(2027, 3, 31)
SHOWN = f"{CONDITION} (SecOps, until 2027-03-31: nightly scan)"
FORM = 'write {"condition": "..", "why": "..", "owner": "..", "until": "2027-03-31"}'


def _plan(*exclusions: object, today: date = date(2026, 12, 1), **values: object) -> Plan:
    chosen = settings(controls="vpc-changes", **{"vpc-changes__exclude": list(exclusions), **values})
    return plan(built_in(), chosen, today=today)


def _only(found: Plan) -> DeployedControl:
    (control,) = found.controls
    return control


def _refused(value: object) -> str:
    with pytest.raises(SettingsError) as caught:
        settings(**{"vpc-changes__exclude": value})
    return str(caught.value)


@pytest.mark.parametrize(
    "value",
    [[FULL], FULL, [Exclusion(CONDITION, "nightly scan", "SecOps", END)]],
    ids=["a list", "alone", "in code"],
)
def test_an_object_is_read_with_its_reason_owner_and_end(value: object) -> None:
    own = settings(**{"vpc-changes__exclude": value}).for_control(built_in()["vpc-changes"])
    assert own.exclude == (Exclusion(CONDITION, "nightly scan", "SecOps", END),)


def test_the_json_of_an_option_is_read_and_a_text_stays_a_condition() -> None:
    text = '[{"condition": "userAgent = \\"x\\""}, "userAgent = \\"a,b\\""]'
    own = settings(**{"vpc-changes__exclude": text}).for_control(built_in()["vpc-changes"])
    assert own.exclude == (Exclusion(CONDITION), 'userAgent = "a,b"')
    assert own.conditions == (CONDITION, 'userAgent = "a,b"')


def test_settings_in_code_are_read_as_context_is() -> None:
    own = ControlSettings(exclude=(Exclusion(CONDITION, until=END), 'userAgent = "y"'))
    chosen = Settings(log_group_name="g", topic_arns=(), overrides={"vpc-changes": own})
    chosen = reread_settings(_notified(chosen), built_in(), lambda _: False)
    assert chosen.overrides["vpc-changes"] == own
    wrong = ControlSettings(exclude=(Exclusion("", why="a\nb"),))
    with pytest.raises(SettingsError) as caught:
        reread_settings(_notified(chosen, wrong), built_in(), lambda _: False)
    assert str(caught.value) == (
        f"cis-insights:vpc-changes:exclude: error: an exclusion has no condition\n    hint: {FORM}\n\n"
        "cis-insights:vpc-changes:exclude: error: why: 'a\\nb' is not a line of text\n"
        "    hint: write at most 200 characters on one line"
    )


def _notified(chosen: Settings, own: ControlSettings | None = None) -> Settings:
    overrides = {"vpc-changes": own} if own else chosen.overrides
    return Settings(
        log_group_name="g",
        topic_arns=("arn:aws:sns:eu-west-1:111122223333:t",),
        overrides=overrides,
    )


def test_every_fault_of_every_object_comes_at_once() -> None:
    key = "cis-insights:vpc-changes:exclude: error"
    wrong = [{"conditin": "a", "until": "2027-13-01", "why": 3, "owner": "o" * 101}, 5]
    assert _refused(wrong) == (
        f"{key}: 'conditin' is not a key of an exclusion\n    hint: did you mean condition?\n\n"
        f"{key}: an exclusion has no condition\n    hint: {FORM}\n\n"
        f"{key}: why: 3 is not a line of text\n    hint: write at most 200 characters on one line\n\n"
        f"{key}: owner: '{'o' * 101}' is not a line of text\n"
        "    hint: write at most 100 characters on one line\n\n"
        f"{key}: until: '2027-13-01' is not a date\n"
        "    hint: write year-month-day, such as 2027-03-31\n\n"
        f"{key}: 5 is neither a condition nor an object with one\n    hint: {FORM}"
    )


@pytest.mark.parametrize("until", ["20270331", "2027-W13-3", "31.03.2027", "2027-02-29", 20270331, True])
def test_a_date_of_another_form_is_refused(until: object) -> None:
    assert "is not a date" in _refused({"condition": CONDITION, "until": until})


def test_a_secret_in_a_reason_is_refused() -> None:
    said = _refused({"condition": CONDITION, "why": "{{resolve:ssm:/prod/db}}"})
    assert "CloudFormation would put the value" in said


@pytest.mark.parametrize(("days", "warned"), [(31, False), (30, True), (1, True)])
def test_it_warns_thirty_days_before_the_end(days: int, *, warned: bool) -> None:
    warnings = [str(one) for one in _plan(FULL, today=END - timedelta(days)).warnings]
    plural = "day" if days == 1 else "days"
    assert warnings == (
        [
            f"cis-insights:vpc-changes:exclude: warning: `{CONDITION}` ends on 2027-03-31, in {days} {plural}"
            " (SecOps)\n    hint: write a later date, or remove the exclusion; from that day on nothing is"
            " synthesized with it"
        ]
        * warned
    )


@pytest.mark.parametrize("after", [0, 400])
def test_from_the_end_on_nothing_is_planned(after: int) -> None:
    with pytest.raises(SettingsError) as caught:
        _plan(
            FULL,
            {**FULL, "until": "2029-01-01", "condition": 'userAgent = "y"'},
            today=END + timedelta(after),
        )
    assert str(caught.value) == (
        f"cis-insights:vpc-changes:exclude: error: `{CONDITION}` ended on 2027-03-31 (SecOps)\n"
        "    hint: write a later date, or remove the exclusion: its events count again then"
    )


def test_a_control_that_is_not_deployed_does_not_stop_the_others() -> None:
    chosen = settings(controls="root-account-usage", **{"vpc-changes__exclude": [FULL]})
    assert plan(built_in(), chosen, today=END).controls


def test_synthesis_reads_the_clock_warns_and_stops() -> None:
    """In days of the machine that runs this: nothing but `read_clock` looks at them."""
    today = datetime.now(UTC).date()
    soon = {**FULL, "until": str(today + timedelta(10))}
    made = stack(controls="vpc-changes", **{"vpc-changes__exclude": [soon]})
    warnings = Annotations.from_stack(made).find_warning("*", Match.any_value())
    assert [one for one in warnings if "ends on" in str(one.entry.data)]
    with pytest.raises(SettingsError, match="ended on"):
        stack(controls="vpc-changes", **{"vpc-changes__exclude": [{**FULL, "until": str(today)}]})


def test_the_mail_shows_what_does_not_count_and_why() -> None:
    alarm = _only(_plan(FULL, "ispresent(errorCode)")).alarm
    assert alarm
    lines = alarm.text.split("\n")
    assert f"Not counted: {SHOWN}" in lines
    assert "Not counted: ispresent(errorCode)" in lines
    assert "Not counted" not in _only(_plan()).alarm.text  # type: ignore[union-attr]  # it has an alarm


def test_the_links_of_the_mail_stay_whatever_is_excluded() -> None:
    long = [
        {**FULL, "condition": f'userAgent = "{number}{"x" * 60}"', "why": "w" * 150} for number in range(5)
    ]
    short, full = _only(_plan()).alarm, _only(_plan(*long)).alarm
    assert short and full
    assert full.text.split("\n")[-2:] == short.text.split("\n")[-2:]
    assert len(full.text) <= MAX_DESCRIPTION
    assert full.text.count("Not counted: ") == 1
    assert "Not counted besides: 4 more, see cis-insights plan\n" in full.text


def test_the_overview_lists_them_and_says_nothing_without_any() -> None:
    def texts(found: Plan) -> list[str]:
        widgets = build_overview(found)["widgets"]
        return [one["properties"]["markdown"] for one in widgets if one["type"] == "text"]

    *_, listed = texts(_plan(FULL, 'sourceIPAddress = "${a}"'))
    assert listed == (
        f'**Not counted**\n\n- 4.14 VPC changes: {SHOWN}\n- 4.14 VPC changes: sourceIPAddress = "${{!a}}"'
    )
    assert not [text for text in texts(_plan()) if "Not counted" in text]


def test_the_plan_has_them_with_what_they_leave_out() -> None:
    (one,) = _only(_plan({**FULL, "condition": 'eventName = "CreateVpc"'})).exclusions
    assert (one.exclusion.owner, one.exclusion.until, str(one.left_out)) == ("SecOps", END, "every CreateVpc")


def test_the_template_declares_them_on_the_alarm_that_leaves_them_out() -> None:
    """And on no twin; `cis-insights verify` proves that the deployed filters leave out nothing else."""
    made = stack(controls="vpc-changes", **{"vpc-changes__exclude": [FULL, "ispresent(errorCode)"]})
    alarms = Template.from_stack(made).find_resources("AWS::CloudWatch::Alarm")
    declared = {
        one["Properties"]["AlarmName"]: one["Metadata"] for one in alarms.values() if "Metadata" in one
    }
    listed = [FULL, {"condition": "ispresent(errorCode)"}]
    assert declared == {"cis-vpc-changes": {"cis-insights:exclusions": listed}}
    setup = read_text(json.dumps(Template.from_stack(made).to_json()), "template.json", {})
    (verdict,) = verify(setup, built_in(), "5.0.0", None, ["vpc-changes"]).controls
    assert (verdict.holds, verdict.counted[0].agreement.relation) == (True, "excluding")
    assert [one.condition for one in verdict.exclusions] == [CONDITION, "ispresent(errorCode)"]
