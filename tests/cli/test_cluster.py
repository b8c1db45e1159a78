"""``zoo cluster start`` and the options of a cluster."""

from __future__ import annotations

import pytest

from zoo_core.cli import main


def said(capsys, *arguments):
    code = main(list(arguments))
    output = capsys.readouterr()
    return code, output.out + output.err


def test_the_lines_of_each_machine_are_printed(capsys):
    code, text = said(capsys, "cluster", "start", "--nodes", "10.0.0.1, 10.0.0.2", "--port", "7000")
    assert code == 0
    head, other = (line.strip() for line in text.splitlines() if "ray start" in line)
    assert head.startswith("RAY_AUTH_MODE=token RAY_USAGE_STATS_ENABLED=0 ray start --head --node-ip-address=10.0.0.1")
    assert other.startswith("RAY_AUTH_MODE=token RAY_USAGE_STATS_ENABLED=0 ray start --address=10.0.0.1:7000")
    assert "--node-ip-address=10.0.0.2" in other
    assert "scp ~/.ray/auth_token 10.0.0.2:.ray/auth_token" in text
    assert "zoo doctor --cluster 10.0.0.1:7000\n" in text


def test_without_a_token_only_where_that_is_said(capsys):
    code, text = said(capsys, "cluster", "start", "--nodes", "10.0.0.1", "--insecure")
    assert code == 0
    assert "auth_token" not in text
    assert "RAY_AUTH_MODE=disabled" in text
    assert "zoo doctor --cluster 10.0.0.1:6379 --insecure\n" in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["cluster", "start", "--nodes", "10.0.0.1,10.0.0.1"], "names a machine twice"),
        (["cluster", "start", "--nodes", "10.0.0.1;rm -r"], "should be addresses with commas between"),
        (["train", "tinyssd_shapes", "--workers", "2"], "only with --cluster ADDRESS"),
        (["train", "tinyssd_shapes", "--insecure"], "only with --cluster ADDRESS"),
        (["train", "tinyssd_shapes", "--threads", "2"], "--threads: only with --cluster ADDRESS"),
        (["tune", "tinyssd_shapes", "--threads", "2", "--insecure"], "--threads, --insecure: only with --cluster"),
        (["predict", "a.onnx", "a.jpg", "--workers", "2", "--threads", "2"], "--workers: only with --cluster ADDRESS"),
        (["eval", "a.onnx", "--insecure"], "--insecure: only with --cluster ADDRESS"),
        (["doctor", "--insecure"], "--insecure: only with --cluster ADDRESS"),
        (["train", "tinyssd_shapes", "--cluster", "auto", "--workers", "3"], "should be a power of two, as 4"),
        (["train", "tinyssd_shapes", "--cluster", "auto", "--workers", "4:2"], "should be a power of two, as 4"),
        (["train", "tinyssd_shapes", "--cluster", "auto", "--workers", "two"], "should be a power of two, as 4"),
        (["train", "tinyssd_shapes", "--cluster", "auto", "--workers", "0"], "should be a power of two, as 4"),
        (["train", "tinyssd_shapes", "--cluster", "auto", "--workers="], "should be a power of two, as 4"),
        (["train", "tinyssd_shapes", "--cluster", "auto", "--workers", "2:"], "should be a power of two, as 4"),
        (["train", "tinyssd_shapes", "--cluster", "auto", "--workers", "2:3"], "should be a power of two, as 4"),
        (["train", "tinyssd_shapes", "--workers="], "only with --cluster ADDRESS"),
        (["predict", "a.onnx", "a.jpg", "--cluster", "auto", "--workers", "1_0"], "should be a number, as 4"),
        (["eval", "a.onnx", "--cluster", "auto", "--workers", "+2"], "should be a number, as 4"),
        (["eval", "a.onnx", "--cluster", "auto", "--workers", "٤"], "should be a number, as 4"),
        (["cluster", "start", "--nodes", "10.0.0.1", "--port", "6380"], "name another, as 6379"),
        (["cluster", "start", "--nodes", "10.0.0.1", "--port", "20999"], "name another, as 6379"),
    ],
)
def test_wrong_options_are_told(capsys, arguments, told):
    code, text = said(capsys, *arguments)
    assert code == 2
    assert told in " ".join(text.split())
