"""The sources of questions' pages: places, charts, and what a missing number says."""

from __future__ import annotations

import pytest

from initscope import InputError
from initscope.topics.question import at, read

SOURCE = """# Why?

It falls to {{1 layers.-1.q | 2}} in {{1 share | .0%}} of {{1 names}} cases.

```console
$ initscope theory tanh
```

```{chart} 1
:names: tanh
:axes: layer, second moment
:x: layers.*.layer
:y: layers.*.q
:log:
A caption
of two lines.
```
"""


@pytest.fixture
def question():
    return read("q07-why", SOURCE)


def test_a_source_names_its_commands_places_and_charts(question):
    """The heading is the question, the file's name the slug."""
    assert (question.name, question.slug, question.title) == ("Q7", "why", "Why?")
    assert question.commands == ("initscope theory tanh",)
    assert question.places == ((1, "layers.-1.q"), (1, "share"), (1, "names"))
    (chart,) = question.charts
    assert chart.titles == ("layer", "second moment")
    assert chart.is_logarithmic
    assert chart.caption == "A caption of two lines."


def test_places_are_filled_as_they_ask(question):
    """Digits, a percentage, the length of a list."""
    values = {"1 layers.-1.q": 1.234e-9, "1 share": 0.5, "1 names": ["a", "b"]}
    assert "It falls to 1.2·10⁻⁹ in 50% of 2 cases." in question.fill(values)


def test_a_number_that_was_not_measured_is_refused(question):
    """The message says which, and what to run."""
    with pytest.raises(InputError, match=r"Q7: 1 layers.-1.q was not measured"):
        question.fill({})


def test_paths_choose_by_number_name_or_all():
    """From the end, too."""
    data = {"layers": [{"q": 1}, {"q": 2}]}
    assert at(data, "layers.-1.q") == 2
    assert at(data, "layers.*.q") == [1, 2]
    assert at(data, "layers.q=2.q") == 2
