"""The same input gives the same bytes: twice, with other thread counts, in another locale."""

import pytest
import tools
import zoo

SETTINGS = [
    {"OMP_NUM_THREADS": "1", "LC_ALL": "C"},
    {"OMP_NUM_THREADS": "4", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Asia/Tokyo"},
    {"OMP_NUM_THREADS": "2", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
]


def files(path):
    """{relative name: bytes} of a file or a folder."""
    if path.is_dir():
        return {str(f.relative_to(path)): f.read_bytes() for f in sorted(path.rglob("*")) if f.is_file()}
    return {"": path.read_bytes()}


@pytest.mark.parametrize("name", ["digits", "inception_v3"])
@pytest.mark.parametrize("command", ["convert", "build", "freeze"])
@pytest.mark.parametrize("kind", ["graphdef", "saved_model"])
def test_same_bytes(command, kind, name, tmp_path):
    results = []
    for i, environment in enumerate(SETTINGS):
        folder = tmp_path / str(i)
        folder.mkdir()
        # The output's own name must not get into it.
        out = folder / f"output{i}"
        model = getattr(zoo, kind)(name, 1)
        if command == "freeze" or (command == "convert" and kind == "graphdef"):
            out = out.with_suffix(".pb")
        tools.tool("graft", command, model, "-o", out, environment=environment)
        results.append(files(out))
    assert results[0], "nothing was written"
    for other in results[1:]:
        assert results[0].keys() == other.keys()
        different = [f for f in results[0] if results[0][f] != other[f]]
        assert not different
