# The lit suite of Graft. Every .mlir and .test file under this folder is a test;
# what lies in a folder named Inputs is data for its neighbours.
import os
import shutil

import lit.formats

config.name = "graft"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "models", "unit"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.graft_build_dir, "test")

# Programs: Graft's own first, then FileCheck, not, split-file and MLIR's.
config.environment["PATH"] = os.pathsep.join(
    [
        os.path.join(config.graft_build_dir, "bin"),
        config.llvm_tools_dir,
        config.environment["PATH"],
    ]
)
# Tests compare bytes and words: no locale, no colour, no time zone but these.
config.environment.update(LC_ALL="C.UTF-8", NO_COLOR="1", TZ="UTC")
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "OMP_NUM_THREADS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

config.substitutions.append(("%python", config.python))
config.substitutions.append(("%graft", os.path.join(config.graft_build_dir, "bin", "graft")))
config.substitutions.append(("%test_dir", config.test_source_root))

# REQUIRES: tensorflow    a Python with TensorFlow is there (GRAFT_PYTHON)
# UNSUPPORTED: sanitized  the build has sanitizers (too slow, or a known limit)
if config.has_tensorflow:
    config.available_features.add("tensorflow")
if config.graft_sanitize:
    config.available_features.add("sanitized")
# REQUIRES: qemu          qemu-x86_64 of the package qemu-user runs programs on another processor
if shutil.which("qemu-x86_64"):
    config.available_features.add("qemu")
for feature in ("avx512f", "avx512_bf16", "avx512_vnni", "avx2"):
    with open("/proc/cpuinfo") as cpuinfo:
        if feature in cpuinfo.read().split():
            config.available_features.add(feature)
