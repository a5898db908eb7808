"""The view Race: run to its end, paused, cancelled, reloaded in the middle, and found again."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from playwright.sync_api import expect

import initscope

SHORT = "#race?seeds=6&epochs=3&inits=zeros,+he_normal&task=iris&width=16"
LONG = "#race?seeds=200&epochs=100&depth=10&width=128&task=digits&inits=he_normal,+glorot_normal"


def computed(pid: int) -> float:
    """Return the seconds for which a process has had a processor."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def test_a_race_runs_to_its_end(visitor, lab):
    """Curves, the table with intervals and failures, and the report, as compare gives them."""
    page = visitor.go(SHORT)
    expect(page.locator(".status")).to_have_text("12 of 12 networks are to be trained.")
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".status")).to_contain_text("Trained 12 networks")
    assert page.locator(".race-score .area").count() == 2
    network = initscope.MLP((16, 16))
    training = initscope.Training(epochs=3)
    expected = initscope.compare(
        "iris", ["zeros", "he_normal"], seeds=6, network=network, training=training
    )
    for row, cell in zip(page.locator(".summary tbody tr").all(), expected.cells, strict=True):
        words = row.inner_text()
        assert words.startswith(cell.initializer)
        assert f"{cell.test_accuracy.mean:.3f}" in words
        assert f"{cell.failure_rate.rate:.0%}" in words
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open the report").click()
    report = opened.value
    report.wait_for_load_state()
    assert "which initializer trains?" in report.locator("h1").inner_text()
    report.close()


def test_a_link_to_a_race_shows_what_is_stored(visitor, lab):
    """Once trained, the same address shows the result at once, without training."""
    with lab.socket() as socket:
        params = {"seeds": 4, "epochs": 2, "inits": "zeros, orthogonal", "width": 8, "depth": 1}
        answers = lab.ask(socket, id=1, job="race", params={**params, "train": True})
        assert [each.get("name") for each in answers[-5:-1]] == [
            "curves",
            "table",
            "again",
            "report",
        ]
    page = visitor.go("#race?seeds=4&epochs=2&inits=zeros,+orthogonal&width=8&depth=1")
    expect(page.locator(".status")).to_have_text("All networks are in the store.")
    assert page.locator(".summary tbody tr").count() == 2


def test_another_network_takes_the_place_of_the_perceptron(visitor):
    """Its text switches the perceptron's controls off; a wrong one is refused beside it."""
    page = visitor.go(SHORT)
    other, decay = page.get_by_label("Or another network"), page.get_by_label("Weight decay")
    scale = page.get_by_label("Branch scale", exact=False)
    assert scale.is_disabled()
    page.get_by_label("Residual branches").check()
    assert scale.is_enabled()
    other.fill("convnt:depth=2")
    other.press("Enter")
    refusal = page.locator(".control .error:visible")
    expect(refusal).to_contain_text("did you mean 'convnet'")
    assert other.get_attribute("aria-invalid") == "true"
    other.fill("rnn:hidden=8")
    other.press("Enter")
    expect(refusal).to_be_hidden()
    assert page.get_by_label("Depth, exact").is_disabled()
    assert page.get_by_label("Normalization").is_disabled()
    assert decay.is_hidden()
    page.get_by_text("More training settings").click()
    decay.fill("0.25")
    page.reload()
    visitor.drawn()
    assert visitor.values["network"] == "rnn:hidden=8"
    assert decay.input_value() == "0.25"
    assert page.get_by_label("Gradient clipped to norm").input_value() == ""
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".status")).to_contain_text("Trained 12 networks")
    command = page.locator(".again pre").first.inner_text()
    assert "--network rnn:hidden=8" in command
    assert "--weight-decay 0.25" in command


def test_settings_that_are_seldom_touched_are_folded_until_the_address_has_one(visitor):
    """By keyboard they unfold; each is in the address and in the command; so is what is refused."""
    page = visitor.go(SHORT)
    folded = page.locator("details.more")
    names = ["Epochs of warm-up, exact", "Its entries clipped to size", "Label smoothing, exact"]
    warmup, clipping, smoothing = (page.get_by_label(name) for name in names)
    assert warmup.is_hidden()
    folded.locator("summary").press("Enter")
    for control, value in ((warmup, "3"), (clipping, "0.5"), (smoothing, "0.1")):
        control.fill(value)
    refusal = page.locator(".control .error:visible")
    expect(refusal).to_contain_text("below the 3 of the training")
    page.reload()
    expect(refusal).to_contain_text("below the 3 of the training")
    warmup.fill("2")
    expect(refusal).to_be_hidden()
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".status")).to_contain_text("Trained 12 networks")
    command = page.locator(".again pre").first.inner_text()
    assert "--warmup 2 --clip-value 0.5 --label-smoothing 0.1" in command
    visitor.go(SHORT)
    assert warmup.is_hidden()


def test_start_is_in_sight_on_a_narrow_screen(visitor):
    """Wherever a phone's page is scrolled to, the race can be started; its bar hides no focus."""
    visitor.page.set_viewport_size({"width": 360, "height": 640})
    page = visitor.go("#race?seeds=2&epochs=1&inits=ones&task=iris&width=8")
    start = page.get_by_role("button", name="Start")
    rate = page.get_by_label("Learning rate, exact")
    expect(start).to_be_in_viewport(ratio=1)
    rate.focus()
    box, bar = rate.bounding_box(), page.locator(".pager").bounding_box()
    assert box["y"] + box["height"] <= bar["y"]
    page.locator(".race-score").scroll_into_view_if_needed()
    expect(start).to_be_in_viewport(ratio=1)
    start.click()
    expect(page.locator(".status")).to_contain_text("Trained 2 networks")


def test_pause_resume_and_cancel(visitor):
    """A long race stands still while paused, goes on, and ends at once when cancelled."""
    page = visitor.go(LONG)
    start, pause, cancel = (
        page.get_by_role("button", name=name) for name in ("Start", "Pause", "Cancel")
    )
    assert pause.is_disabled()
    start.click()
    expect(pause).to_be_enabled()
    pause.click()
    expect(page.locator(".status")).to_contain_text(re.compile("paused", re.IGNORECASE))
    resume = page.get_by_role("button", name="Resume")
    resume.click()
    expect(page.locator(".status")).to_contain_text(re.compile("Going on|of 400 networks$"))
    cancel.click()
    expect(page.locator(".status")).to_contain_text("Cancelled: ")  # at its end it says "Trained"
    assert start.is_enabled()


def test_a_reload_in_the_middle_ends_the_race(visitor, lab, until):
    """The process of the page before ends; the page comes back with its settings."""
    before = lab.workers()
    page = visitor.go(LONG)
    (worker,) = lab.workers() - before
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_enabled()
    page.reload()
    visitor.drawn()
    until(lambda: worker not in lab.workers())
    assert page.get_by_label("Epochs, exact").input_value() == "100"


def test_another_view_takes_the_place_of_a_race(visitor):
    """Who leaves the race for Signal has its picture without waiting for the training's end."""
    page = visitor.go(LONG)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_enabled()
    page.get_by_role("link", name="Signal", exact=True).click()
    page.locator(".ridge").first.wait_for()
    assert page.locator(".ridge").count() == 30


def test_what_cannot_race_is_refused_beside_its_control(lab):
    """A task is a name of the table, never a path; other errors name their field too."""
    refused = [
        ({"seeds": 500}, "seeds", "from 1 to 200"),
        ({"task": "/etc/passwd"}, "task", "expected one of"),
        ({"inits": "zeros, zeros"}, "inits", "given twice"),
        ({"inits": ""}, "inits", "0 initializers"),
        ({"inits": "he_norml"}, "inits", "did you mean"),
        ({"inits": "zeros," * 9}, "inits", "9 initializers: expected 1 to 8"),
        ({"activation": "rleu"}, "activation", "expected one of"),
        ({"activation": "hardtanh"}, "activation", "expected one of"),
        ({"network": "os:system"}, "network", "unknown network"),
    ]
    with lab.socket() as socket:
        for number, (params, field, words) in enumerate(refused):
            answer = lab.ask(socket, id=number, job="race", params=params)[-1]
            assert (answer["kind"], answer["field"]) == ("refused", field)
            assert re.search(words, answer["message"])


def test_controls_act_on_the_race_that_is_named_alone(lab):
    """Cancelling another id does nothing; cancelling the right one ends it as dropped."""
    with lab.socket() as socket:
        params = {"task": "digits", "epochs": 100, "depth": 10, "width": 128, "train": True}
        socket.send(json.dumps({"id": 1, "job": "race", "params": params}))
        for number, of in ((2, 7), (3, 1)):
            control = {"of": of, "action": "cancel"}
            socket.send(json.dumps({"id": number, "job": "control", "params": control}))
        ends = lab.ends(socket, 3)
    assert ends == {1: "dropped", 2: "done", 3: "done"}


def test_a_race_of_modules_ends_in_the_midst_of_a_chunk(lab, until):
    """Where modules are trained, cancelling is no failure of theirs: the race is dropped."""
    others = lab.workers()
    with lab.socket() as socket:
        lab.ask(socket, id=0, job="race", params={"train": False})
        (worker,) = lab.workers() - others
        before = computed(worker)
        params = {"network": "rnn:hidden=64", "task": "digits", "epochs": 100, "train": True}
        socket.send(json.dumps({"id": 1, "job": "race", "params": params}))
        until(lambda: computed(worker) > before + 4)  # in seconds, and a chunk takes minutes
        control = {"of": 1, "action": "cancel"}
        socket.send(json.dumps({"id": 2, "job": "control", "params": control}))
        ends = lab.ends(socket, 2)
    assert ends == {1: "dropped", 2: "done"}
