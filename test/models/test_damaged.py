"""Damaged inputs are refused: one clear line, exit code 4, quickly, with no file left.

Never a signal, a stack trace, or a converted file of something that was not there.
"""

import damage
import pytest
import tools
import zoo


def refused(done, says, code, out):
    lines = [line for line in done.err.splitlines() if line.strip()]
    assert done.code >= 0, f"signal {-done.code}\n{done.err[-2000:]}"
    assert done.code == code, f"exit {done.code}, expected {code}\n{done.err[-2000:]}"
    assert len(lines) == 1 and len(lines[0]) < 600, f"not one line:\n{done.err[-2000:]}"
    assert any(word in lines[0] for word in says), f"says none of {says}: {lines[0]}"
    assert not done.out
    assert done.seconds < 5
    assert not list(out.parent.iterdir()), "left a file"


@pytest.mark.parametrize("command", ["build", "convert"])
@pytest.mark.parametrize("name", damage.CASES)
def test_model(name, command, tmp_path):
    case = damage.CASES[name]
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    path = case.make(tmp_path / "in")
    out = tmp_path / "out" / ("m.plan" if command == "build" else "m")
    done = tools.tool("graft", command, path, "-o", out, check=False, timeout=30)
    refused(done, case.says, case.code, out)


def test_the_graph_that_is_broken_is_whole(tmp_path):
    """The base of the graph cases is accepted: each is refused for what it broke."""
    (tmp_path / "m.pb").write_bytes(damage.whole().SerializeToString())
    tools.tool("graft", "build", tmp_path / "m.pb", "-o", tmp_path / "m.plan")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A graph that is whole, and its plan."""
    folder = tmp_path_factory.mktemp("whole")
    tools.tool("graft", "build", zoo.graphdef("digits"), "-o", folder / "m.plan")
    return (folder / "m.plan").read_bytes()


PLAN_DAMAGE = {
    "empty": lambda b: b"",
    "one_byte": lambda b: b[:1],
    "header_only": lambda b: b[:64],
    "half": lambda b: b[: len(b) // 2],
    "last_byte_gone": lambda b: b[:-1],
    "one_byte_more": lambda b: b + b"\0",
    "text_mode": lambda b: b.replace(b"\r\n", b"\n") if b"\r\n" in b[:16] else b[:8].upper() + b[8:-1],
    "other_magic": lambda b: b"PK\3\4" + b[4:],
    "zeros": lambda b: bytes(len(b)),
    **{
        f"bit_at_{percent}_percent": lambda b, p=percent: _flipped(b, len(b) * p // 100)
        for percent in (0, 1, 2, 5, 20, 50, 80, 99)
    },
    **{f"bit_at_{at}": lambda b, at=at: _flipped(b, at) for at in (4, 8, 12, 16, 24, 32, 40, 48, 56)},
}


def _flipped(data, at):
    data = bytearray(data)
    data[at] ^= 1 << 5
    return bytes(data)


@pytest.mark.parametrize("name", PLAN_DAMAGE)
def test_plan(name, whole, tmp_path):
    import numpy as np

    damaged = PLAN_DAMAGE[name](whole)
    assert damaged != whole
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    plan = tmp_path / "in" / "m.plan"
    plan.write_bytes(damaged)
    np.savez(tmp_path / "in" / "in.npz", **zoo.inputs("digits", 1))
    out = tmp_path / "out" / "out.npz"
    done = tools.tool(
        "graft", "run", plan, "--inputs", tmp_path / "in" / "in.npz", "--outputs", out,
        check=False, timeout=30,
    )  # fmt: skip
    refused(done, ("m.plan",), 4, out)


def test_bits_of_a_plan_at_random(whole, tmp_path):
    """No flipped bit of a plan goes unseen: 200 of them, all over the file."""
    import random

    import numpy as np

    chosen = random.Random(11)
    plan, entry = tmp_path / "m.plan", tmp_path / "in.npz"
    np.savez(entry, **zoo.inputs("digits", 1))
    unseen = []
    for _ in range(200):
        at = chosen.randrange(len(whole))
        plan.write_bytes(_flipped(whole, at))
        done = tools.tool(
            "graft", "run", plan, "--inputs", entry, "--outputs", tmp_path / "out.npz",
            check=False, timeout=30,
        )  # fmt: skip
        if done.code != 4:
            unseen.append((at, done.code))
    assert not unseen
