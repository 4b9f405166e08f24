#!/usr/bin/env python3
# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds proto/*.proto to the schema of the installed TensorFlow.

Every message and enum that a GraphDef, a SavedModel or a checkpoint can
contain must be in our schema with the same fields: name, number, type, label,
oneof, packing. Then both serialize any such message to the same bytes.

Usage: check_proto_drift.py [--protoc PROTOC]      exit code 1 on a difference
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What Graft reads and writes; everything reachable from these is compared.
ROOTS = [
    "tensorflow.GraphDef",
    "tensorflow.OpList",
    "tensorflow.SavedModel",
    "tensorflow.TrackableObjectGraph",
    "tensorflow.BundleHeaderProto",
    "tensorflow.BundleEntryProto",
    "tensorflow.CheckpointState",
]


def tensorflow_files():
    """The wheel's own file descriptors, with all they import."""
    from tensorflow.core.framework import graph_pb2, op_def_pb2
    from tensorflow.core.protobuf import (
        saved_model_pb2,
        tensor_bundle_pb2,
        trackable_object_graph_pb2,
    )
    from tensorflow.python.training import checkpoint_state_pb2

    files = {}
    todo = [
        module.DESCRIPTOR
        for module in (
            graph_pb2,
            op_def_pb2,
            saved_model_pb2,
            tensor_bundle_pb2,
            trackable_object_graph_pb2,
            checkpoint_state_pb2,
        )
    ]
    while todo:
        file = todo.pop()
        if file.name not in files:
            files[file.name] = descriptor_pb2.FileDescriptorProto()
            file.CopyToProto(files[file.name])
            todo.extend(file.dependencies)
    return files.values()


def graft_files(protoc):
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(
            [
                protoc,
                f"--proto_path={ROOT}",
                "--include_imports",
                f"--descriptor_set_out={out.name}",
                *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "proto").glob("*.proto")),
            ],
            cwd=ROOT,
            check=True,
        )
        return descriptor_pb2.FileDescriptorSet.FromString(out.read()).file


def collect(files):
    """Maps each full name to (descriptor, whether its file is proto3)."""
    found = {}
    todo = [(f.package, d, f.syntax == "proto3") for f in files for d in [*f.message_type, *f.enum_type]]
    while todo:
        scope, descriptor, proto3 = todo.pop()
        name = f"{scope}.{descriptor.name}".removeprefix("graft.")
        found[name] = descriptor, proto3
        if isinstance(descriptor, descriptor_pb2.DescriptorProto):
            todo.extend((name, d, proto3) for d in [*descriptor.nested_type, *descriptor.enum_type])
    return found


def facts(name, known):
    """What the wire and the text format see of a message or enum, as sorted lines."""
    descriptor, proto3 = known[name]
    if isinstance(descriptor, descriptor_pb2.EnumDescriptorProto):
        return sorted(f"{v.name} = {v.number}" for v in descriptor.value)
    lines = [f"map_entry {descriptor.options.map_entry}"]
    for f in descriptor.field:
        kind = descriptor_pb2.FieldDescriptorProto.Type.Name(f.type)
        label = descriptor_pb2.FieldDescriptorProto.Label.Name(f.label)
        repeated = f.label == descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED
        scalar = kind not in ("TYPE_STRING", "TYPE_BYTES", "TYPE_MESSAGE", "TYPE_GROUP")
        packed = f.options.packed if f.options.HasField("packed") else proto3
        oneof = descriptor.oneof_decl[f.oneof_index].name if f.HasField("oneof_index") else "-"
        type_name = f.type_name.replace(".graft.", ".", 1)
        presence = not repeated and (oneof != "-" or not proto3)
        lines.append(
            f"{f.name} = {f.number}: {label} {kind} {type_name} oneof={oneof} "
            f"packed={repeated and scalar and packed} presence={presence}"
        )
    return sorted(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--protoc", default="protoc")
    options = parser.parse_args()
    theirs = collect(tensorflow_files())
    ours = collect(graft_files(options.protoc))

    differences = 0
    seen, todo = set(), list(ROOTS)
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        descriptor, _ = theirs[name]
        if isinstance(descriptor, descriptor_pb2.DescriptorProto):
            todo.extend(f.type_name[1:] for f in descriptor.field if f.type_name)
        if name not in ours:
            differences += 1
            print(f"{name}: missing")
            continue
        want, got = facts(name, theirs), facts(name, ours)
        for line in sorted(set(want) ^ set(got)):
            differences += 1
            print(f"{name}: {'missing' if line in want else 'not in TensorFlow'}: {line}")
    print(f"{len(seen)} messages and enums compared, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
