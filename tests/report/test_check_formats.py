"""A check for machines: JSON, SARIF, GitHub's annotations."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import sarif_pydantic
from pydantic import BaseModel

from initscope.checking import FixResult
from initscope.report import check_github, check_json, check_sarif
from initscope.rules import rules


def test_json(predicted, snapshot):
    """The whole object, with null where there is no number."""
    assert json.dumps(check_json.plain(predicted), indent=2, allow_nan=False) == snapshot


def test_json_knows_no_infinity(checked):
    """A signal that is not finite is null, and the text is JSON for any parser."""
    operations = checked.evidence.trace.operations
    forward = replace(operations[-1].forward, second_moment=math.inf)
    broken = (*operations[:-1], replace(operations[-1], forward=forward))
    trace = replace(checked.evidence.trace, operations=broken)
    plain = check_json.plain(replace(checked, evidence=replace(checked.evidence, trace=trace)))
    assert plain["layers"][-1]["signal"] is None
    assert json.dumps(plain, allow_nan=False)


def test_a_finding_is_read_back_from_its_plain_data(checked):
    """What a store keeps of a finding is all of it."""
    assert checked.findings
    plain = json.loads(json.dumps(check_json.findings(checked.findings)))
    assert tuple(map(check_json.finding, plain)) == tuple(checked.findings)


def test_json_of_a_fix_has_both_sides(checked):
    """The report is that of the mended model; what was before is under "fix"."""
    plain = check_json.fixed(FixResult(("a",), checked, replace(checked, findings=())))
    assert plain["findings"] == []
    assert plain["fix"]["applied"] == ["a"]
    assert [row["code"] for row in plain["fix"]["before"]] == ["SIG001", "UNI003"]


def test_sarif(checked, table, snapshot):
    """Rules, levels, lines, fingerprints; what the baseline holds is counted."""
    log = check_sarif.log(checked, Path("/project"), table)
    log["runs"][0]["tool"]["driver"]["semanticVersion"] = "0.0.0"
    assert json.dumps(log, indent=2) == snapshot


def unknown_properties(model: BaseModel, path: str = "") -> list[str]:
    """Names that SARIF 2.1.0 does not have, anywhere in a log."""
    found = [f"{path}/{name}" for name in model.model_extra or {}]
    for name in type(model).model_fields:
        value = getattr(model, name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, BaseModel):
                found += unknown_properties(each, f"{path}/{name}")
    return found


def test_sarif_has_the_properties_and_types_of_the_standard(checked):
    """Every value has its type, and no property has a name that the standard does not know."""
    log = json.loads(json.dumps(check_sarif.log(checked, Path("/project"))))
    assert unknown_properties(sarif_pydantic.Sarif.model_validate(log)) == []


def test_sarif_fits_the_schema(checked, table):
    """The published JSON schema, where INITSCOPE_SARIF_SCHEMA names it, has no complaint."""
    path = os.environ.get("INITSCOPE_SARIF_SCHEMA")
    if not path:
        pytest.skip("INITSCOPE_SARIF_SCHEMA names no sarif-schema-2.1.0.json")
    schema = json.loads(Path(path).read_text(encoding="utf-8"))
    checker = jsonschema.FormatChecker()
    for described in (table, rules(), ()):
        log = check_sarif.log(checked, Path("/project"), described)
        validator = jsonschema.Draft4Validator(schema, format_checker=checker)
        assert list(validator.iter_errors(log)) == []


def test_sarif_names_files_from_the_root_and_others_whole(checked):
    """A file in the project is relative to it; one elsewhere, and no file at all, are valid too."""
    finding = checked.findings[0]
    places = []
    for file in ("/project/a b/net.py", "/usr/lib/net.py", None):
        report = replace(checked, findings=(replace(finding, file=file),), known=())
        (result,) = check_sarif.log(report, Path("/project"))["runs"][0]["results"]
        places.append(result["locations"][0].get("physicalLocation", {}).get("artifactLocation"))
    assert places == [
        {"uri": "a%20b/net.py", "uriBaseId": "ROOT"},
        {"uri": "file:///usr/lib/net.py"},
        None,
    ]


def test_github(checked, snapshot):
    """One line a finding; percent signs, line ends, colons and commas are escaped."""
    text = check_github.commands(checked, Path("/project"))
    assert text.count("\n") == 2
    assert text == snapshot


def test_github_escapes_what_would_end_a_command(checked):
    """Neither a message nor a place can begin another command."""
    finding = replace(
        checked.findings[0], where="a,b:c", message="50%\r\n::error::x", file="/project/n,t.py"
    )
    text = check_github.commands(replace(checked, findings=(finding,)), Path("/project"))
    assert text.count("\n") == 1
    assert text.startswith(
        "::error file=n%2Ct.py,line=12,title=SIG001 vanishing-signal at a%2Cb%3A"
    )
    assert "::50%25%0D%0A::error" in text
