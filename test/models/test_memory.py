"""Peak memory of a conversion: at most 2.5 times the model, and 150 MB for the program."""

import pytest
import tools
import zoo


@pytest.mark.parametrize("name", ["inception_v3", "bert"])
@pytest.mark.parametrize("command", ["convert", "build"])
def test_peak(command, name, tmp_path):
    model = zoo.graphdef(name)
    _, peak = tools.peak_mb("graft", command, model, "-o", tmp_path / "out.pb")
    assert peak <= 2.5 * model.stat().st_size / 1e6 + 150


# The second has few weights for its nodes: there the messages weigh.
@pytest.mark.parametrize("name", ["inception_v3", "densenet121"])
def test_peak_of_a_saved_model(name, tmp_path):
    model = zoo.saved_model(name)
    size = sum(file.stat().st_size for file in model.rglob("*") if file.is_file())
    _, peak = tools.peak_mb("graft", "convert", model, "-o", tmp_path / "out")
    assert peak <= 2.5 * size / 1e6 + 150
