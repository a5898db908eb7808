"""The view Signal, used as a person would: by mouse, by keyboard, by links and after reloads."""

from __future__ import annotations

import csv
from xml.etree import ElementTree as ET

import pytest

SMALL = "#signal?depth=6&width=32&init=he_normal&activation=relu"


def test_a_first_visit_shows_a_picture_without_a_click(visitor):
    """The default network is drawn: five figures, a verdict, and how to do it again."""
    page = visitor.go()
    assert page.title() == "Signal · initscope lab"
    assert page.locator("figure svg[role=img]").count() == 5
    assert page.locator(".ridge").count() == 30
    assert "Nothing found" in page.locator(".findings").inner_text()
    command = page.get_by_role("region", name="Command").inner_text()
    assert command.startswith("initscope check 'mlp:depth=30,width=256,inputs=256,activation=tanh")


def test_arrow_keys_on_a_slider_change_picture_and_address(visitor):
    """The depth slider moves by keyboard; picture, exact number and address follow."""
    page = visitor.go(SMALL)
    page.get_by_label("Depth", exact=True).focus()
    visitor.after(lambda: page.keyboard.press("ArrowRight"))
    assert page.locator(".ridge").count() == 7
    assert page.get_by_label("Depth, exact").input_value() == "7"
    assert visitor.values["depth"] == "7"
    page.get_by_label("Width", exact=True).focus()
    visitor.after(lambda: page.keyboard.press("ArrowRight"))
    assert visitor.values["width"] == "48"


def test_a_slider_is_dragged_with_the_mouse(visitor):
    """Pressing at the right end of a slider sets its highest value."""
    page = visitor.go(SMALL)
    slider = page.get_by_label("Bias std", exact=True)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    at = (box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    visitor.after(lambda: page.mouse.click(*at))
    assert float(visitor.values["bias_std"]) == pytest.approx(2, abs=0.05)


def test_an_initializer_brings_its_parameters(visitor):
    """Choosing an initializer shows its parameters and formula; a parameter changes the text."""
    page = visitor.go(SMALL)
    visitor.after(lambda: page.get_by_label("Weights").select_option("normal"))
    visitor.after(lambda: page.get_by_label("std", exact=True).fill("0.001"))
    assert visitor.values["init"] == "normal(std=0.001)"
    assert "vanishing-signal" in page.locator(".findings").inner_text()
    finding = page.locator(".finding").first
    assert {"measured", "expected", "why", "remedy"} <= set(finding.locator("dt").all_inner_texts())


def test_norm_and_residual_branches_are_drawn(visitor):
    """The switch frees the branch scale; every normalization gives a picture with theory."""
    page = visitor.go("#signal?depth=8&width=32&activation=relu&init=he_normal")
    scale = page.get_by_label("Branch scale", exact=True)
    assert scale.is_disabled()
    visitor.after(lambda: page.get_by_label("Residual branches").check())
    assert scale.is_enabled()
    assert "residual stream" in page.locator(".signal-size .caption").inner_text()
    for norm in ("batch", "layer", "rms"):
        visitor.after(lambda norm=norm: page.get_by_label("Normalization").select_option(norm))
        assert page.locator(".signal-size path.theory").count() >= 1


def test_a_link_brings_the_picture_back(visitor, elsewhere):
    """The address alone, opened elsewhere, shows the same controls and the same curves."""
    page = visitor.go(SMALL)
    visitor.after(lambda: page.get_by_label("Depth, exact").fill("9"))
    visitor.after(lambda: page.get_by_label("Weights").select_option("orthogonal"))
    curves = page.locator("path.measured").evaluate_all("all => all.map(each => each.outerHTML)")
    elsewhere.goto(page.url)
    elsewhere.wait_for_selector("html[data-drawn]", state="attached")
    assert elsewhere.get_by_label("Weights").input_value() == "orthogonal"
    again = elsewhere.locator("path.measured").evaluate_all(
        "all => all.map(each => each.outerHTML)"
    )
    assert again == curves


def test_a_reload_and_the_way_back_restore(visitor):
    """After a reload the picture is the same; Back returns to the view before."""
    page = visitor.go(SMALL)
    visitor.after(lambda: page.get_by_label("Depth, exact").fill("4"))
    page.reload()
    visitor.drawn()
    assert page.locator(".ridge").count() == 4
    visitor.after(lambda: page.get_by_role("link", name="By hand").click())
    visitor.after(page.go_back)
    assert page.locator("h1").inner_text() == "Signal"
    assert page.locator(".ridge").count() == 4


@pytest.mark.parametrize(
    ("label", "value", "sentence"),
    [
        ("Depth, exact", "500", "Depth is 500: expected a whole number from 1 to 100."),
        ("Width, exact", "3", "Width is 3: expected a whole number from 8 to 1024."),
        ("Bias std, exact", "", "Bias std needs a number."),
    ],
)
def test_a_wrong_value_is_a_sentence_beside_its_control(visitor, label, value, sentence):
    """The sentence stands at the control, is tied to it, and goes when the value is right."""
    page = visitor.go(SMALL)
    control = page.get_by_label(label, exact=True)
    control.fill(value)
    error = page.locator(".control .error:visible")
    error.wait_for()
    assert error.inner_text() == sentence
    assert control.get_attribute("aria-invalid") == "true"
    assert control.get_attribute("aria-describedby") == error.get_attribute("id")
    visitor.after(lambda: control.fill("9"))
    assert page.locator(".control .error:visible").count() == 0


def test_an_initializer_in_a_link_that_does_not_exist_is_refused(visitor):
    """A link with a wrong name says so beside the control."""
    page = visitor.page
    page.goto(f"{visitor.lab.url}#signal?depth=3&width=16&init=he_norml")
    error = page.locator(".control .error:visible")
    error.wait_for()
    assert "did you mean 'he_normal'" in error.inner_text()


def test_downloads_are_what_is_on_the_screen(visitor, tmp_path):
    """CSV has a row for each layer, SVG stands alone, PNG is an image of twice the size."""
    page = visitor.go(SMALL)
    files = {}
    for kind in ("CSV", "SVG", "PNG"):
        with page.expect_download() as waiting:
            page.get_by_label(f"Download {kind}: Size of the signal").click()
        files[kind] = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(files[kind])
    rows = list(csv.DictReader(files["CSV"].read_text(encoding="utf-8").splitlines()))
    assert [row["layer"] for row in rows] == list("123456")
    assert all(float(row["measured"]) > 0 for row in rows)
    root = ET.parse(files["SVG"]).getroot()  # noqa: S314 - our own file
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    strokes = {each.get("stroke") for each in root.iter("{http://www.w3.org/2000/svg}path")}
    assert "rgb(0, 114, 178)" in strokes
    image = files["PNG"].read_bytes()
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(image[16:20]) == 2 * round(float(root.get("width")))


def test_the_data_below_a_chart_are_its_numbers(visitor):
    """The table has a row for each layer, also after a change while it is open."""
    page = visitor.go(SMALL)
    figure = page.locator("figure.gradient-size")
    figure.locator("summary").click()
    figure.locator("tbody tr").nth(5).wait_for()
    assert figure.locator("tbody tr").count() == 6
    visitor.after(lambda: page.get_by_label("Depth, exact").fill("8"))
    assert figure.locator("tbody tr").count() == 8


def test_the_command_on_the_screen_says_the_same(visitor, monkeypatch, capsys):
    """The command finds what the page shows; the Python runs."""
    page = visitor.go("#signal?depth=20&width=32&init=normal(std=0.01)&activation=tanh&seed=3")
    shown = page.locator(".finding h3").first.inner_text()
    script = page.get_by_role("region", name="Python").inner_text()
    exec(script, {})  # noqa: S102 - what the page gives to copy
    printed = capsys.readouterr().out
    assert printed.count("\n") >= 21
    code = next(word for word in shown.split() if word[:3].isupper() and word[3:].isdigit())
    assert code in printed


def test_the_server_comes_back_and_so_does_the_page(page, start_lab):
    """A page outlives its server: it says so, connects to the next one, and goes on."""
    server = start_lab()
    page.goto(f"{server.url}{SMALL}")
    page.wait_for_selector("html[data-drawn]", state="attached")
    server.end()
    page.locator("#connection", has_text="Connecting to the lab").wait_for()
    start_lab(port=int(server.host.partition(":")[2]))
    page.locator("#connection", has_text="Connecting").wait_for(state="hidden")
    before = page.locator("html").get_attribute("data-drawn")
    page.get_by_label("Depth, exact").fill("5")
    page.locator(f"html:not([data-drawn='{before}'])").wait_for(state="attached")
    page.locator(".ridge").nth(4).wait_for()
    assert page.locator(".ridge").count() == 5


def test_the_axis_is_chosen_without_asking_again(visitor):
    """An axis of each layer's own size is drawn from what is there, and kept in the address."""
    page = visitor.go(SMALL)
    page.get_by_label("Axis of the distributions").select_option("own")
    page.locator(".distributions text", has_text="root mean square").wait_for()
    assert visitor.values["axis"] == "own"


def test_closing_the_page_ends_its_process(elsewhere, lab, until):
    """The process of a page is gone shortly after the page."""
    before = lab.workers()
    elsewhere.goto(lab.url + SMALL)
    elsewhere.wait_for_selector("html[data-drawn]", state="attached")
    assert len(lab.workers() - before) == 1
    elsewhere.close()
    until(lambda: lab.workers() <= before)
    assert lab.process.poll() is None


def test_a_broken_link_opens_the_lab_all_the_same(visitor):
    """What cannot be read in an address has its default, and what is wrong is said."""
    page = visitor.page
    page.goto(f"{visitor.lab.url}#signal?depth=%zz&activation=%3Cb%3E&width=16&nothing=1&seed=")
    page.locator(".controls").wait_for()
    assert page.locator("h1").inner_text() == "Signal"
    errors = page.locator(".control .error:visible")
    errors.first.wait_for()
    assert errors.first.inner_text() == "Depth needs a number."
