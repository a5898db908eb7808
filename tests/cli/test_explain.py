"""``initscope explain``."""

from __future__ import annotations

import json
import shlex


def test_without_a_topic_all_are_listed(initscope):
    """Four kinds, in text and in JSON."""
    text = initscope("explain").stdout
    assert all(word in text for word in ("questions", "initializers", "activations", "rules"))
    listed = json.loads(initscope("explain", "--format", "json").stdout)["topics"]
    assert listed["initializers"]["he_normal"] == "W ~ N(0, 2 / fan_in)"


def test_an_initializer_is_derived_for_the_given_fans(initscope):
    """Formulas are in plain signs; JSON has the numbers."""
    text = initscope("explain", "he_normal", "--fan-in", "8", "--fan-out", "4").stdout
    assert "σ_w² = 2 / 8 = 0.25" in text
    assert "$σ" not in text
    found = json.loads(
        initscope("explain", "he_normal", "--fan-in", "8", "--format", "json").stdout
    )
    assert (found["kind"], found["data"]["std"]) == ("initializer", 0.5)


def test_a_question_is_answered(initscope):
    """The page shows its commands, and no place is left open."""
    text = initscope("explain", "Q4").stdout
    assert "$ initscope theory relu" in text
    assert "{{" not in text
    assert "{chart}" not in text


def test_a_wrong_name_is_one_line(initscope):
    """Exit code 2, and the nearest name."""
    done = initscope("explain", "tahn")
    assert done.returncode == 2
    assert done.stderr == "initscope: error: unknown topic 'tahn': did you mean 'tanh'?\n"


def test_commands_on_pages_of_initializers_run(initscope):
    """What a page tells the reader to type exits with 0: drawing, theory, training."""
    for topic in ("he_normal", "orthogonal", "zeros", "log_uniform", "uniform(0, 0.1)", "hadamard"):
        data = json.loads(initscope("explain", topic, "--format", "json").stdout)
        lines = [line for line in data["text"].splitlines() if line.startswith("$ initscope ")]
        assert lines, topic
        for line in lines:
            done = initscope(*shlex.split(line)[2:])
            assert done.returncode == 0, (line, done.stderr)
