# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Plug-ins of graft-opt, built on an installed Graft: the example as docs/plugins.md prints it, and one with every header."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ["GRAFT_BIN"]).resolve().parent

EVERYTHING = """
#include "mlir/Tools/Plugins/PassPlugin.h"
using namespace graft;
// Something of each header, also what no pass of Graft calls.
extern const void *const used[];
const void *const used[] = {
    mlir::TypeID::get<graph::NodeOp>().getAsOpaquePointer(),
    mlir::TypeID::get<plan::LaunchOp>().getAsOpaquePointer(),
    reinterpret_cast<void *>(&graph::TensorData::get),
    reinterpret_cast<void *>(&graph::contentElementSize),
    reinterpret_cast<void *>(&graph::nativeReasonText),
    reinterpret_cast<void *>(&graph::checkAttrs),
    reinterpret_cast<void *>(&graph::OpTable::builtin),
    reinterpret_cast<void *>(&graph::dataTypeFromName),
    reinterpret_cast<void *>(&nn::toDType),
    reinterpret_cast<void *>(&nn::getReductionClass),
    reinterpret_cast<void *>(&ops::lookup),
    reinterpret_cast<void *>(&ops::parseDType),
    reinterpret_cast<void *>(&plan::collectNodes),
    reinterpret_cast<void *>(&plan::isDense)};
extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "everything", "0", [] {}};
}
"""
PROJECT = """
cmake_minimum_required(VERSION 3.22)
project(everything LANGUAGES C CXX)
find_package(Graft 0.1 REQUIRED COMPONENTS dialects)
add_library(everything MODULE Everything.cpp)
target_link_libraries(everything PRIVATE Graft::dialects)
"""


def shell(line, folder):
    """Runs a command line, and looks for every symbol at once, not when it is called: what it prints on both streams."""
    environment = dict(os.environ, PATH=f"{BUILD / 'bin'}:{os.environ['PATH']}", LD_BIND_NOW="1")
    done = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{line}:\n{(done.stdout + done.stderr)[-4000:]}"
    assert "Failed to load" not in done.stderr  # which MLIR does not count as an error
    return done.stdout + done.stderr


def counts(text):
    return [int(count) for count in re.findall(r"remark: .*?(\d+) multiply-adds", text)]


@pytest.fixture(scope="module")
def printed():
    """The command lines of each block of the page."""
    page = (ROOT / "docs" / "plugins.md").read_text()
    blocks = re.findall(r"(?:^ {4}\S.*\n(?: {4}.*\n)*)", page, re.M)
    return [re.findall(r"^ {4}(\S.*(?:\n {6,}.*)*)", block, re.M) for block in blocks]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, printed):
    """Like the top of the tree, with Graft in P and the plug-in in plugin."""
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "build").symlink_to(BUILD)
    (folder / "examples").symlink_to(ROOT / "examples")
    for line in printed[0][:3]:
        shell(line, folder)
    return folder


def test_the_example(printed, folder):
    (line,) = printed[0][3:]
    stem, enlarge, score = 30 * 30 * 16 * 27, 30 * 30 * 16 * 12, 30 * 30 * 10 * 16
    one = [stem, enlarge, score, stem + enlarge + score]
    assert counts(shell(line, folder)) == [8 * count for count in one]
    assert counts(shell(line.replace("{unknown=8}", ""), folder)) == one
    shell("ctest --test-dir plugin", folder)


def test_in_the_middle_of_a_compilation(printed, folder):
    model = ROOT / "test" / "tools" / "graft" / "Inputs" / "product.pbtxt"
    shell(f"graft-translate --graphdef-to-mlir {model} | graft-translate --mlir-to-graphdef - -o model.pb", folder)
    first, middle, last = printed[1]
    shell(first, folder)
    assert counts(shell(middle, folder)) == [6, 6]
    shell(last, folder)
    assert "matmul" in shell("graft inspect model.plan", folder)


def test_every_header(folder, tmp_path):
    """They include nothing that is not installed, and graft-opt has what they declare. The folder may be moved."""
    prefix = shutil.copytree(folder / "P", tmp_path / "moved")
    top = prefix / "include" / "graft-dialects"
    headers = sorted(str(f.relative_to(top)) for f in top.rglob("*.h"))
    assert {"dialects/graph/Graph.h", "dialects/nn/NN.h", "dialects/plan/Plan.h"} < set(headers)
    includes = "".join(f'#include "{header}"\n' for header in headers)
    (tmp_path / "Everything.cpp").write_text(includes + EVERYTHING)
    (tmp_path / "CMakeLists.txt").write_text(PROJECT)
    shell("cmake -S . -B build -DCMAKE_PREFIX_PATH=$PWD/moved && cmake --build build", tmp_path)
    layers = ROOT / "examples" / "plugin" / "layers.mlir"
    shell(f"moved/bin/graft-opt --load-pass-plugin=build/libeverything.so {layers}", tmp_path)
