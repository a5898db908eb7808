"""The server as a client that means no good meets it."""

from __future__ import annotations

import json
import random
import urllib.error
import urllib.request

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from initscope.lab.messages import LONGEST


def fetch(lab, **headers) -> tuple[int, dict[str, str], str]:
    request = urllib.request.Request(lab.url, headers=headers)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


def test_every_answer_has_the_policy(lab):
    """Scripts, styles and connections are the lab's own alone, without inline code."""
    for code, headers, _ in (fetch(lab), fetch(lab, Host="evil.example")):
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'"), code
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Host": "evil.example"}, "Host is not a name of this lab"),
        ({"Host": "10.1.2.3"}, "Host is not a name of this lab"),
        ({"Host": "[bad"}, "Host is not a name of this lab"),
        ({"Origin": "http://evil.example"}, "Origin is another site's"),
        ({"Origin": "null"}, "Origin is another site's"),
    ],
)
def test_foreign_names_are_refused(lab, headers, words):
    """A request under another name, or from another site's page, gets 403 and a sentence."""
    code, _, text = fetch(lab, **headers)
    assert (code, text.strip()) == (403, words)


def test_names_of_this_machine_are_served(lab):
    """The page opens under localhost and the loopback addresses; files outside are not found."""
    port = lab.host.partition(":")[2]
    for name in ("localhost", "127.0.0.1", "[::1]"):
        assert fetch(lab, Host=f"{name}:{port}")[0] == 200
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{lab.url}..%2fapp.py")  # noqa: S310


@pytest.mark.parametrize("origin", ["http://evil.example", None, "null"])
def test_a_socket_of_another_site_is_refused(lab, origin):
    """The handshake fails before any process is started."""
    with pytest.raises(InvalidStatus, match="403"):
        lab.socket(origin=origin)


def test_malformed_messages_are_refused_one_by_one(lab):
    """Each of two hundred bad messages gets one refusal; then the socket works as before."""
    chance = random.Random(0)  # noqa: S311 - a fuzzer needs no secrets
    good = '{"id": 1, "job": "signal", "params": {"depth": 3, "width": 16}}'
    with lab.socket() as socket:
        for number in range(200):
            cut = chance.randrange(len(good) - 1)
            bad = chance.choice([
                good[:cut], good[:cut] + "\x00" + good[cut:], good.replace("3", "3e9"),
                good.replace("depth", "\ud7ff"), "[" * cut * 50, '"' + "x" * 20_000 + '"',
            ])  # fmt: skip
            socket.send(bad.encode() if number % 7 == 0 else bad)
            answer = lab.hear(socket)
            assert answer["kind"] == "refused", bad[:80]
            assert answer["message"]
        answers = lab.ask(socket, id=9, job="signal", params={"depth": 3, "width": 16})
        assert [answer["kind"] for answer in answers] == ["part", "part", "part", "done"]


def test_a_huge_message_ends_its_socket_alone(lab):
    """Beyond a mebibyte the socket is closed with a reason; the other sockets go on."""
    with lab.socket() as other, lab.socket() as socket:
        socket.send("x" * (LONGEST + 1))
        assert "expected at most" in lab.hear(socket)["message"]
        with pytest.raises(ConnectionClosed) as caught:  # noqa: PT012 - either meets the end
            socket.send("x" * 2**21)
            lab.hear(socket)
        assert caught.value.rcvd.code == 1009
        assert lab.ask(other, id=1, job="catalogue", params={})[-1]["kind"] == "done"


def test_the_newest_request_wins(lab):
    """Of thirty requests at once every one has one last answer, most are dropped, the last done."""
    with lab.socket() as socket:
        for number in range(30):
            params = {"depth": 60, "width": 512, "seed": number}
            socket.send(json.dumps({"id": number, "job": "signal", "params": params}))
        last = lab.ends(socket, 30)
        assert last[29] == "done"
        assert list(last.values()).count("dropped") > 15
        assert set(last) == set(range(30))


def test_a_large_network_makes_way_in_the_midst_of_its_picture(lab):
    """What takes many seconds is dropped without a picture once another one is asked for."""
    large = {"depth": 60, "width": 1024, "init": "orthogonal"}
    with lab.socket() as socket:
        for number, params in enumerate([large, {"depth": 3, "width": 16}]):
            socket.send(json.dumps({"id": number, "job": "signal", "params": params}))
        answers = [lab.hear(socket)]
        while answers[-1]["kind"] != "done":
            answers.append(lab.hear(socket))
    assert [answer["kind"] for answer in answers if answer["id"] == 0] == ["dropped"]


def test_what_a_job_cannot_do_is_a_sentence(lab):
    """An unknown initializer, activation or target is refused beside its control."""
    with lab.socket() as socket:
        for job, params, field, words in (
            ("signal", {"init": "he_norml"}, "init", "did you mean 'he_normal'"),
            ("signal", {"init": "normal(std=-1)"}, "init", "std"),
            ("signal", {"init": "__import__('os')"}, "init", "unknown initializer"),
            ("signal", {"activation": "rleu"}, "activation", "expected one of"),
            ("map", {"activation": "os:getcwd"}, "activation", "expected one of"),
            ("byhand", {"loss": "sigmoid", "target": 0.5}, "target", "0 or 1"),
            ("byhand", {"activation": "os:getcwd"}, "activation", "expected one of"),
            ("byhand", {"init": "zeroes"}, "init", "did you mean 'zeros'"),
        ):
            answer = lab.ask(socket, id=1, job=job, params=params)[-1]
            assert (answer["kind"], answer["field"]) == ("refused", field)
            assert words in answer["message"]
