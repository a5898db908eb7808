"""``initscope compare`` as a user types it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import pytest


def test_json_is_alone_on_standard_output_and_has_what_it_promises(initscope, scratch):
    """One object with cells, throughput and paths; the report is written."""
    done = initscope("compare", "iris", "--seeds", "4", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["schema_version"] == 2
    assert (result["reference"]["named"], result["reference"]["tests"]) == (False, 6)
    assert [cell["initializer"] for cell in result["cells"]] == [
        "zeros",
        "random_uniform",
        "glorot_uniform",
        "he_uniform",
    ]
    for cell in result["cells"]:
        assert cell["n"] == 4 == cell["trained"] + cell["stuck"] + cell["diverged"]
        assert set(cell["test_accuracy"]) == {"mean", "ci95", "median"}
        low, high = cell["test_accuracy"]["ci95"] or (0, 1)  # none where all are equal
        assert 0 <= low <= cell["test_accuracy"]["mean"] <= high <= 1
        assert isinstance(cell["final_loss"], float)
        assert "epochs_to_threshold" in cell
    assert result["throughput"]["networks"] == 16
    assert result["throughput"]["seconds"] > 0
    assert result["storage"] == "sqlite:///initscope.db"
    assert result["report"] == "initscope-iris.html"
    assert "<svg" in (scratch / "initscope-iris.html").read_text()


def test_the_same_command_again_trains_nothing(initscope):
    """The second time everything comes from the store; the statistics are equal."""
    command = ["compare", "iris", "--seeds", "3", "--no-report", "--format", "json"]
    first, second = (json.loads(initscope(*command).stdout) for _ in range(2))
    assert (first["throughput"]["networks"], second["throughput"]["networks"]) == (12, 0)
    assert first["cells"] == second["cells"]
    assert second["report"] is None


def test_a_reference_is_named_on_the_command_line(initscope):
    """The others are compared with it, corrected for their number only; a stranger is refused."""
    command = ["compare", "iris", "--init", "zeros,ones,he_normal", "--seeds", "5", "--no-report"]
    printed = initscope(*command, "--reference", "ones").stdout
    assert "reference" in printed
    assert "corrected for its 2 comparisons" in " ".join(printed.split())
    done = initscope(*command, "--reference", "orthogonal")
    assert done.returncode != 0
    assert "unknown reference 'orthogonal': expected one of he_normal, ones, zeros" in done.stderr


def test_options_reach_the_training(initscope):
    """Every option changes the setting that it names."""
    done = initscope(
        "compare",
        "wine",
        "--init",
        "he_normal(mode=fan_out),uniform(low=-1, high=1)",
        "--init",
        "orthogonal",
        "--head",
        "same",
        "--seeds",
        "5-6",
        "--depth",
        "3",
        "--width",
        "8",
        "--activation",
        "tanh",
        "--optimizer",
        "sgd",
        "--lr",
        "0.05",
        "--momentum",
        "0.9",
        "--epochs",
        "2",
        "--batch-size",
        "16",
        "--scale",
        "standard",
        "--split-seed",
        "1",
        "--test-share",
        "0.3",
        "--loss",
        "softmax",
        "--threshold",
        "0.5",
        "--storage",
        "sqlite://",
        "--workers",
        "1",
        "--no-report",
        "--format",
        "json",
    )
    result = json.loads(done.stdout)
    assert result["setting"] == {
        "recipe": 1,
        "data": {"task": "wine", "scale": "standard", "split_seed": 1, "test_share": 0.3},
        "network": {"hidden": [8, 8, 8], "activation": "tanh"},
        "training": {
            "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
            "epochs": 2,
            "batch_size": 16,
            "loss": "softmax",
        },
    }
    assert [(cell["initializer"], cell["head"], cell["n"]) for cell in result["cells"]] == [
        ("he_normal(mode=fan_out)", "he_normal(mode=fan_out)", 2),
        ("uniform(low=-1, high=1)", "uniform(low=-1, high=1)", 2),
        ("orthogonal", "orthogonal", 2),
    ]
    assert (result["threshold"], result["storage"]) == (0.5, "sqlite://")


def test_remedies_reach_the_training(initscope):
    """Optimizer, decay, schedule, clipping and smoothing are in the setting and in the title."""
    command = [
        "compare", "iris", "--init", "he_normal", "--seeds", "2", "--no-report",
        "--optimizer", "nesterov", "--weight-decay", "0.01", "--schedule", "cosine", "--warmup",
        "2", "--clip-norm", "1", "--clip-value", "0.5", "--label-smoothing", "0.1",
    ]  # fmt: skip
    training = json.loads(initscope(*command, "--format", "json").stdout)["setting"]["training"]
    assert training == {
        "optimizer": {
            "name": "sgd",
            "learning_rate": 0.01,
            "momentum": 0.9,
            "nesterov": True,
            "weight_decay": 0.01,
        },
        "epochs": 10,
        "batch_size": 32,
        "loss": "softmax",
        "schedule": "cosine",
        "warmup": 2,
        "clip_norm": 1.0,
        "clip_value": 0.5,
        "label_smoothing": 0.1,
    }
    title = " ".join(initscope(*command).stdout.split())
    for words in ("nesterov 0.9 weight decay 0.01", "cosine", "at most 0.5", "smoothed by 0.1"):
        assert words in title


def test_forms_of_the_network_are_swept_on_the_command_line_and_in_a_file(initscope, scratch):
    """Words, switches and numbers mean the same in both, and the second trains nothing."""
    shared = ["compare", "iris", "--init", "he_normal", "--seeds", "1", "--no-report"]
    typed = ["--hidden", "6,6,6", "--residual", "--branch-scale", "depth", "--dropout", "0.1"]
    axes = ["--sweep", "norm=none,batch", "--sweep", "residual=true,false"]
    first = json.loads(initscope(*shared, *typed, *axes, "--format", "json").stdout)
    assert [point["coordinates"] for point in first["points"]] == [
        {"norm": norm, "residual": residual}
        for norm in ("none", "batch")
        for residual in (True, False)
    ]
    written = scratch / "forms.toml"
    written.write_text(
        'hidden = [6, 6, 6]\nresidual = true\nbranch-scale = "depth"\ndropout = 0.1\n'
        '[sweep]\nnorm = ["none", "batch"]\nresidual = [true, false]\n'
    )
    done = initscope(*shared, "--config", str(written), "--format", "json")
    second = json.loads(done.stdout)
    assert second["throughput"]["networks"] == 0
    assert second["points"] == first["points"]


def test_text_ends_with_what_was_trained_and_where_it_is(initscope):
    """The last lines name the number of networks, the store and the report."""
    done = initscope("compare", "iris", "--init", "zeros", "--seeds", "2", "--report", "out.html")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("iris: 4-64-64-3 relu")
    assert lines[-2].startswith("trained 2 networks in ")
    assert lines[-2].endswith("; results in sqlite:///initscope.db")
    assert lines[-1] == "report: out.html"


def test_storage_comes_from_the_environment(initscope, monkeypatch, scratch):
    """INITSCOPE_STORAGE names the store where the option does not."""
    monkeypatch.setenv("INITSCOPE_STORAGE", "sqlite:///other.db")
    initscope("compare", "iris", "--init", "zeros", "--seeds", "1", "--no-report")
    assert [path.name for path in scratch.iterdir()] == ["other.db"]


def test_postgresql_holds_results_too(initscope, postgres_url):
    """The same command with a PostgreSQL URL trains once and answers the second time."""
    command = [
        "compare",
        "iris",
        "--init",
        "zeros",
        "--seeds",
        "3",
        "--no-report",
        "--storage",
        postgres_url,
        "--format",
        "json",
    ]
    first, second = (json.loads(initscope(*command).stdout) for _ in range(2))
    assert (first["throughput"]["networks"], second["throughput"]["networks"]) == (3, 0)
    assert first["cells"] == second["cells"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["irsi"], "unknown task 'irsi': did you mean 'iris'?"),
        (
            ["iris", "--init", "he_nomal"],
            "unknown initializer 'he_nomal': did you mean 'he_normal'?",
        ),
        (
            ["iris", "--init", "normal(sdt=1)"],
            "unknown argument of normal 'sdt': did you mean 'std'?",
        ),
        (
            ["iris", "--head", "xavier_norml"],
            "unknown initializer 'xavier_norml': did you mean 'xavier_normal'?",
        ),
        (["iris", "--activation", "rleu"], "unknown activation 'rleu': did you mean 'relu'?"),
        (["iris", "--optimizer", "adm"], "unknown optimizer 'adm': did you mean 'adam'?"),
        (["iris", "--schedule", "cos"], "unknown schedule 'cos': "),
        (["iris", "--alpha", "0.9"], "--alpha is no setting of adam: leave it out"),
        (["iris", "--momentum", "0.9"], "--momentum is no setting of adam: leave it out"),
        (["iris", "--seeds", "0"], "seeds 0: expected a number of networks above 0, such as 100"),
        (["iris", "--seeds", "-5"], "seeds -5: expected a number of networks above 0, such as 100"),
        (
            ["iris", "--seeds", "x"],
            "seeds 'x': expected a number such as 100, or ranges such as 0-49,100-149",
        ),
        (["iris", "--width", "0"], "hidden width 0: expected a whole number above 0"),
        (["iris", "--depth", "-1"], "depth -1: expected at least 1 hidden layer"),
        (["iris", "--hidden", "64,-2"], "hidden width -2: expected a whole number above 0"),
        (
            ["iris", "--hidden", "4", "--depth", "2"],
            "--hidden gives every width: leave out --depth and --width",
        ),
        (["iris", "--epochs", "0"], "epochs 0: expected a whole number above 0"),
        (["iris", "--batch-size", "0"], "batch size 0: expected a whole number above 0"),
        (["iris", "--lr", "-1"], "learning rate -1.0: expected a number above 0, such as 0.001"),
        (["iris", "--workers", "0"], "workers 0: expected at least 1"),
        (
            ["iris", "--storage", "results.db"],
            "cannot read storage 'results.db': expected a database URL, such as sqlite:///results.db",
        ),
        (
            ["iris", "--storage", "sqlite:////no/such/x.db"],
            "cannot open the store sqlite:////no/such/x.db: unable to open database file; "
            "name another with --storage",
        ),
        (
            ["iris", "--report", "/no/such/x.html"],
            "cannot write /no/such/x.html: there is no folder /no/such",
        ),
        (
            ["iris", "--report", "/proc/x.html"],
            "cannot write /proc/x.html: No such file or directory",
        ),
        (
            ["iris", "--report", "/dev/full", "--seeds", "1", "--storage", "sqlite://"],
            "cannot write /dev/full: No space left on device; the results are stored, "
            "name another --report",
        ),
        (
            ["iris", "--width", "9999999"],
            "a network of this size needs 1490122 GiB to train, this machine has ",
        ),
        (["iris", "--seeds", "10000000000"], "10000000000 seeds: expected at most 1000000"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(initscope, scratch, arguments, message):
    """Exit code 2, one line on standard error, no file made."""
    done = initscope("compare", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"initscope: error: {message}")
    assert done.stderr.count("\n") == 1
    assert list(scratch.iterdir()) == []


def test_a_disk_that_fills_up_is_one_line_and_what_was_stored_stays(scratch):
    """A limit on the size of files stands in for a full disk; the store is still readable."""
    limit = 120_000

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [
        sys.executable,
        "-m",
        "initscope",
        "compare",
        "iris",
        "--seeds",
        "400",
        "--no-report",
        "--workers",
        "1",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=scratch, preexec_fn=small
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "initscope: error: cannot write to the store sqlite:///initscope.db"
    )
    assert done.stderr.count("\n") == 1
    listed = subprocess.run(
        [sys.executable, "-m", "initscope", "results", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
        cwd=scratch,
    )
    (experiment,) = json.loads(listed.stdout)["experiments"]
    assert 0 < sum(experiment["networks"].values()) < 1600


def test_a_csv_file_is_compared(initscope, scratch):
    """A file with --target is trained on, stored and found again; the command names the column."""
    rows = [f"{i % 5},{i % 7},{'ab'[i % 5 > 2]}" for i in range(60)]
    (scratch / "data.csv").write_text("x,y,kind\n" + "\n".join(rows) + "\n")
    command = ["compare", "data.csv", "--target", "kind", "--init", "he_normal", "--seeds", "3"]
    first = json.loads(initscope(*command, "--format", "json").stdout)
    assert first["setting"]["data"]["target"] == "kind"
    assert len(first["setting"]["data"]["digest"]) == 16
    assert first["report"] == "initscope-data.html"
    assert "--target kind" in (scratch / "initscope-data.html").read_text()
    again = json.loads(initscope(*command, "--format", "json", "--no-report").stdout)
    assert again["throughput"]["networks"] == 0
    shown = json.loads(initscope("results", "show", first["experiment"], "--format", "json").stdout)
    assert shown["cells"] == first["cells"]
    (scratch / "data.csv").unlink()
    listed = " ".join(initscope("results").stdout.split())
    assert "data.csv, whose data are not here as they were" in listed
    assert "there is no file data.csv" in initscope("results", "show", first["experiment"]).stderr


def test_regression_has_r_squared_and_rmse_in_place_of_accuracy(initscope):
    """On diabetes zeros stay at the mean; R² is 1 minus the squared RMSE over the variance."""
    done = initscope(
        "compare", "diabetes", "--init", "zeros,he_normal", "--seeds", "3", "--scale", "standard",
        "--epochs", "20", "--format", "json",
    )  # fmt: skip
    result = json.loads(done.stdout)
    zeros, he = result["cells"]
    assert (zeros["stuck"], he["trained"]) == (3, 3)
    assert "test_accuracy" not in he
    assert zeros["r2"]["mean"] == pytest.approx(result["baseline_r2"], abs=0.02)
    assert he["r2"]["mean"] > 0.3
    unexplained = [(1 - cell["r2"]["median"]) / cell["rmse"]["median"] ** 2 for cell in (zeros, he)]
    assert unexplained[0] == pytest.approx(unexplained[1], rel=1e-4)


def test_a_sweep_on_the_command_line_and_in_a_file_is_the_same(initscope, scratch):
    """Axes are in the table, the JSON and the report; a TOML file says the same as options."""
    options = ["--init", "he_normal", "--seeds", "2", "--epochs", "2", "--hidden", "8"]
    axes = ["--sweep", "activation=tanh,relu", "--sweep", "clip-norm=none,0.5"]
    typed = json.loads(initscope("compare", "iris", *options, *axes, "--format", "json").stdout)
    assert typed["axes"] == {"activation": ["tanh", "relu"], "clip_norm": [None, 0.5]}
    assert [point["coordinates"]["clip_norm"] for point in typed["points"]] == [None, 0.5] * 2
    report = (scratch / "initscope-iris.html").read_text()
    assert "--sweep activation=tanh,relu --sweep clip_norm=none,0.5" in report
    assert "<svg" in report
    (scratch / "plan.toml").write_text(
        'task = "iris"\ninit = ["he_normal"]\nseeds = 2\nepochs = 2\nhidden = [8]\n'
        '[sweep]\nactivation = ["tanh", "relu"]\nclip_norm = ["none", 0.5]\n'
    )
    written = initscope("compare", "--config", "plan.toml", "--no-report", "--format", "json")
    again = json.loads(written.stdout)
    assert again["throughput"]["networks"] == 0
    assert again["points"] == typed["points"]
    text = initscope("compare", "--config", "plan.toml", "--no-report").stdout
    assert text.startswith("iris: sweep over activation tanh,relu, clip_norm –,0.5; 4 combinations")
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("sedes = 2", "unknown setting in the file 'sedes': did you mean 'seeds'?"),
        ("sweep = 2", "sweep in the file: expected a table [sweep]"),
        ("seeds = ", "cannot read plan.toml: "),
    ],
)
def test_a_bad_file_of_settings_is_one_line(initscope, scratch, written, message):
    """A mistake in the file is named."""
    (scratch / "plan.toml").write_text(written)
    done = initscope("compare", "iris", "--config", "plan.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"initscope: error: {message}")
    assert done.stderr.count("\n") == 1


def test_a_bad_sweep_is_one_line(initscope):
    """An axis without values is told what to type."""
    done = initscope("compare", "iris", "--sweep", "depth")
    assert done.stderr == (
        "initscope: error: cannot read --sweep 'depth': expected such as depth=2,5,10\n"
    )
    assert done.returncode == 2
