"""SARIF as GitHub code scanning accepts it, without a validator; `test_sarif_validators.py` asks two."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from report_runs import RULES, at, finding, rule_info, run

from prodlint.api import Related, Severity
from prodlint.findings import Edit, Failure, Fix, Run
from prodlint.report import FORMATS, Style

EXOTIC = ["with space.py", "hash#.py", "50%.py", "日本.py", "\U0001f600.py", "bytes\udcff.py", "a:b.py", "q?&.py"]
SOURCE = "s = '\U0001f600'; client = OpenAI(\n    max_retries=2,\n)\n"


def log(case: Run) -> Any:
    return json.loads(FORMATS["sarif"](case, Style()))


def results(case: Run) -> Any:
    return log(case)["runs"][0]["results"]


def physical(case: Run) -> Any:
    return results(case)[0]["locations"][0]["physicalLocation"]


def rich_run() -> Run:
    fix = Fix(
        is_safe=False,
        description="add `timeout=60`",
        edits=(Edit(location=at("a.py", 2, 1, 1), content="    timeout=60,\n"),),
    )
    related = [Related(location=at("b.py", 4, 5, 9), message="call [1](2)")]
    return run(
        finding(at("a.py", 1, 20, 2, end_line=3), related=related, fix=fix, symbol="Bot.make"),
        finding(at("a.py", 1, 1, 2), rule="unused-suppression", severity=Severity.NOTE, message="", help=""),
        finding(at("n.ipynb", 3, 4, 5, cell=1)),
        *(finding(at(name, 1, 1, 2)) for name in EXOTIC),
        finding(at("../outside.py", 1, 1, 2)),
        sources={"a.py": SOURCE},
        failures=[Failure(path="bad file.py", line=3, message="does not parse")],
    )


def test_one_run_with_the_schema_version_and_columns_that_github_reads() -> None:
    document = log(run())
    assert document["version"] == "2.1.0"
    assert document["$schema"] == "https://json.schemastore.org/sarif-2.1.0.json"
    (only,) = document["runs"]
    assert only["results"] == []
    assert only["columnKind"] == "utf16CodeUnits"
    assert "automationDetails" not in only


def test_all_rules_are_listed_with_help_also_when_nothing_was_found() -> None:
    rules = log(run())["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["hardcoded-api-key", "missing-timeout"]
    for rule in rules:
        assert rule["help"]["markdown"].startswith("A request can wait for ever.")
        assert rule["help"]["text"]
        assert rule["shortDescription"]["text"] == "A request can wait for ever."
        assert rule["fullDescription"]["text"] == "Finds clients without a timeout."


def test_security_severity_is_a_string_on_security_rules_only() -> None:
    misplaced = rule_info("zz-rule", security_severity=9.0)
    security, timeout, other = log(run(rules=(*RULES, misplaced)))["runs"][0]["tool"]["driver"]["rules"]
    assert security["properties"]["security-severity"] == "8.0"
    assert "security" in security["properties"]["tags"]
    assert "problem.severity" not in security["properties"]
    assert timeout["properties"]["problem.severity"] == "warning"
    assert "security-severity" not in timeout["properties"]
    assert "security-severity" not in other["properties"]


def test_no_required_text_is_empty() -> None:
    bare = rule_info("bare-rule", page="")
    (rule,) = log(run(rules=(bare,)))["runs"][0]["tool"]["driver"]["rules"]
    assert rule["help"]["text"]
    assert rule["fullDescription"]["text"]
    assert results(run(finding(at("a.py", 1, 1, 2), message="", help="")))[0]["message"]["text"]


def test_every_result_refers_to_its_rule_also_one_that_is_not_listed() -> None:
    document = log(rich_run())["runs"][0]
    rules = document["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in document["results"])
    assert "unused-suppression" in {rule["id"] for rule in rules}


def test_a_region_is_one_line_in_utf16_columns() -> None:
    assert physical(rich_run())["region"] == {
        "startLine": 1,
        "startColumn": 20,
        "endLine": 1,
        "endColumn": 27,
        "snippet": {"text": "OpenAI("},
    }


@pytest.mark.parametrize("location", [at("a.py", 1, 5, 5), at("a.py", 9, 7, 1, end_line=12), at("a.py", 1, 900, 1)])
def test_no_region_is_empty_or_begins_before_one(location: Any) -> None:
    region = physical(run(finding(location), sources={"a.py": SOURCE}))["region"]
    assert min(region["startLine"], region["startColumn"]) >= 1
    assert region["endLine"] == region["startLine"]
    assert region["endColumn"] > region["startColumn"]


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("app/with space.py", "app/with%20space.py"),
        ("a#b%.py", "a%23b%25.py"),
        ("é.py", "%C3%A9.py"),
        ("\U0001f600.py", "%F0%9F%98%80.py"),
        ("bytes\udcff.py", "bytes%FF.py"),
        ("./a.py", "a.py"),
        ("c:d.py", "c%3Ad.py"),
    ],
)
def test_file_names_are_percent_encoded(name: str, uri: str) -> None:
    artifact = physical(run(finding(at(name, 1, 1, 2))))["artifactLocation"]
    assert artifact == {"uri": uri, "uriBaseId": "%SRCROOT%"}


@pytest.mark.parametrize("marker", ["directory", "file"])
def test_uris_count_from_the_git_root_through_symbolic_links(tmp_path: Path, marker: str) -> None:
    repository = tmp_path / "repository"
    project = repository / "services" / "bot"
    project.mkdir(parents=True)
    if marker == "directory":
        (repository / ".git").mkdir()
    else:
        (repository / ".git").write_text("gitdir: elsewhere\n")
    link = tmp_path / "link"
    link.symlink_to(project)
    for root in (project, link):
        case = run(finding(at("llm.py", 1, 1, 2)), finding(at("../shared.py", 1, 1, 2)), root=str(root))
        uris = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results(case)]
        assert uris == ["services/bot/llm.py", "services/shared.py"]


def test_a_file_outside_the_repository_is_absolute(tmp_path: Path) -> None:
    (tmp_path / "project" / ".git").mkdir(parents=True)
    root = tmp_path / "project"
    artifact = physical(run(finding(at("../other file.py", 1, 1, 2)), root=str(root)))["artifactLocation"]
    assert artifact["uri"].startswith("file:///")
    assert artifact["uri"].endswith("/other%20file.py")
    assert "uriBaseId" not in artifact


def test_the_message_is_plain_sentences_that_link_the_related_places() -> None:
    related = [Related(location=at("b.py", n, 1, 2), message=f"the `call` [{n}]") for n in range(1, 8)]
    (result,) = results(run(finding(at("a.py", 1, 1, 2), related=related)))
    assert result["message"]["text"].startswith(
        "the client is built without a timeout; openai's default is '600 s'. pass 'timeout=60' to 'OpenAI'. "
        "See [the 'call' \\[1\\]](1), "
    )
    assert result["message"]["text"].endswith(" and 2 more.")
    assert [location["id"] for location in result["relatedLocations"]] == list(range(1, 8))


def test_a_message_cannot_forge_a_link() -> None:
    (result,) = results(run(finding(at("a.py", 1, 1, 2), message="see [here](https://evil.example)", help="")))
    assert result["message"]["text"] == "see \\[here\\](https://evil.example)."


def test_fingerprints_are_ours_and_githubs() -> None:
    from prodlint.report.line_hash import line_hashes

    assert results(rich_run())[0]["partialFingerprints"] == {
        "prodlint/v1": "ab" * 32,
        "primaryLocationLineHash": line_hashes(SOURCE)[0],
    }


def test_a_file_not_analysed_is_a_notification_of_a_finished_scan() -> None:
    (invocation,) = log(rich_run())["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is True
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "does not parse."
    assert notification["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "bad%20file.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3},
    }


def test_a_failure_of_no_file_means_an_unfinished_scan() -> None:
    case = run(failures=[Failure(path="", line=None, message="rule `x` raised")])
    assert log(case)["runs"][0]["invocations"][0]["executionSuccessful"] is False


def test_the_most_severe_25000_are_listed_and_the_rest_is_told() -> None:
    many = [finding(at("a.py", n, 1, 2), severity=Severity.NOTE) for n in range(1, 25_001)]
    case = run(*many, finding(at("z.py", 1, 1, 2), severity=Severity.ERROR))
    document = log(case)["runs"][0]
    assert len(document["results"]) == 25_000
    assert document["results"][0]["level"] == "error"
    (notification,) = document["invocations"][0]["toolExecutionNotifications"]
    assert "25000 most severe of 25001" in notification["message"]["text"]


@pytest.mark.parametrize("name", ["leg one", "leg one/"])
def test_a_category_is_told_when_it_is_given(name: str) -> None:
    assert "automationDetails" not in log(run())["runs"][0]
    named = replace(run(), sarif_category=name)
    assert log(named)["runs"][0]["automationDetails"] == {"id": "leg one/"}


def test_a_flow_is_one_thread_that_ends_at_the_finding() -> None:
    flow = [
        Related(location=at("api.py", 4, 1, 9), message="the route"),
        Related(location=at("a.py", 1, 20, 27), message="the request [x](1)"),
    ]
    (result,) = results(run(finding(at("a.py", 1, 20, 27), flow=flow), sources={"a.py": SOURCE}))
    ((thread,),) = (code_flow["threadFlows"] for code_flow in result["codeFlows"])
    steps = [step["location"] for step in thread["locations"]]
    assert [step["message"]["text"] for step in steps] == ["the route.", "the request \\[x\\](1)."]
    assert steps[-1]["physicalLocation"] == result["locations"][0]["physicalLocation"]


def test_a_place_in_a_notebook_is_the_line_of_its_json() -> None:
    source = '{"cells": [{"cell_type": "code",\n"source": [\n"client = OpenAI(\\n",\n")"]}]}'
    place = at("n.ipynb", 1, 10, 2, end_line=2, cell=0)
    there = at("n.ipynb", 3, 11, 3, end_line=4)
    case = run(finding(place), sources={"n.ipynb": source}, in_file={place: there})
    assert physical(case)["region"] == {"startLine": 3, "startColumn": 11, "endLine": 3, "endColumn": 22}
    from prodlint.report.line_hash import line_hashes

    (result,) = results(case)
    assert result["partialFingerprints"]["primaryLocationLineHash"] == line_hashes(source)[2]
    assert result["message"]["text"].startswith("code cell 1, line 1: ")


def test_a_broken_cell_is_told_with_its_line_in_the_file() -> None:
    failure = Failure(path="n.ipynb", line=2, message="not Python", cell=0)
    place = failure.location
    assert place is not None
    (invocation,) = log(run(failures=[failure], in_file={place: at("n.ipynb", 9, 1, 1)}))["runs"][0]["invocations"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "code cell 1, line 2: not Python."
    assert notification["locations"][0]["physicalLocation"]["region"] == {"startLine": 9}
