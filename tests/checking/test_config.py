"""A project's configuration: what it decides, and what it refuses."""

from __future__ import annotations

import pytest

from initscope.checking import Config, config
from initscope.errors import InputError
from initscope.rules import Finding


def read(folder, text: str) -> Config:
    path = folder / "pyproject.toml"
    path.write_text(f"[tool.initscope]\n{text}")
    return config.read(path)


def finding(code: str, where: str, severity="warning") -> Finding:
    return Finding(code, "slug", severity, where, "", "", "", "")


def test_everything_is_read(tmp_path):
    """Codes and slugs are the same; a reason belongs to every ignore."""
    found = read(
        tmp_path,
        'select = ["SIG001", "duplicate-units"]\n'
        'ignore = ["UNI003"]\n'
        'fail-level = "warning"\n'
        'severity = {vanishing-signal = "info"}\n'
        'per-module-ignores = [{module = "a.*", rules = ["SIG001"], reason = "because"}]\n',
    )
    assert found.select == ("SIG001", "UNI003")
    assert [rule.code for rule in found.rules] == ["SIG001"]
    assert found.fail_level == "warning"
    assert dict(found.severity) == {"SIG001": "info"}
    assert found.module_ignores[0].reason == "because"


def test_severities_and_ignores_judge_findings():
    """The worst first at the project's severities; what is let pass is kept apart."""
    project = Config(
        module_ignores=(config.ModuleIgnore("stem.*", ("SIG001",), "fixed"),),
        severity={"UNI003": "error"},
    )
    found = [finding("SIG001", "stem.0"), finding("SIG001", "body"), finding("UNI003", "stem.1")]
    kept, ignored = project.judge(found)
    assert [(each.code, each.where, each.severity) for each in kept] == [
        ("UNI003", "stem.1", "error"),
        ("SIG001", "body", "warning"),
    ]
    assert [each.where for each in ignored] == ["stem.0"]


def test_rules_chosen_by_hand_come_first():
    """A selection replaces the project's, ignores are added to it."""
    project = Config(select=("SIG001",), ignore=("UNI003",))
    with pytest.raises(InputError, match="no rule is left to run"):
        project.choosing(["UNI003"], [])
    assert project.choosing(None, []).rules == project.rules
    assert project.choosing(["SIG002"], ["SIG001"]).ignore == ("UNI003", "SIG001")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select = []\nfail-level = 1", "unknown fail-level '1'"),
        ("selct = []", "unknown key 'selct': did you mean 'select'"),
        ('select = ["SIG01"]', "unknown rule 'SIG01'"),
        ('select = "SIG001"', "select: expected a list"),
        ("ignore = [1]", "ignore: expected codes or slugs"),
        ('fail-level = "warn"', "unknown fail-level 'warn': did you mean 'warning'"),
        ('severity = {SIG001 = "bad"}', "unknown severity 'bad'"),
        ('severity = "info"', "severity: expected a table"),
        ("per-module-ignores = [1]", "expected tables such as"),
        (
            'per-module-ignores = [{module = "a", rules = ["SIG001"]}]',
            "a reason is required",
        ),
        (
            'per-module-ignores = [{modul = "a", rules = ["SIG001"], reason = "x"}]',
            "unknown key 'modul': did you mean 'module'",
        ),
    ],
)
def test_mistakes_are_refused(tmp_path, text, message):
    """The file is named, and what was probably meant."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert "[tool.initscope] in " in str(caught.value)


def test_the_nearest_file_with_a_table_is_found(tmp_path):
    """A pyproject.toml of others on the way is passed by."""
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.initscope]\n")
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\n")
    assert config.find(inner) == tmp_path / "pyproject.toml"
    (inner / "pyproject.toml").write_text("[tool.initscope]\n")
    assert config.find(inner) == inner / "pyproject.toml"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[tool", "cannot read"),
        (b"\xff\xfe[tool]", "cannot read"),
        (b"tool = 5", "expected a table, received 5"),
        (b"[tool]\ninitscope = []", "expected a table, received \\[\\]"),
    ],
)
def test_a_broken_file_is_named(tmp_path, content, message):
    """TOML that cannot be read, or holds no table where one belongs, is one line."""
    (tmp_path / "pyproject.toml").write_bytes(content)
    with pytest.raises(InputError, match=message):
        config.find(tmp_path)
