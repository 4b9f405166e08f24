# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What bench/run.py prints."""

import zoo


def number(value, form, width):
    return f"{'-' if value is None else format(value, form):>{width}}"


def grafts(rows, precision):
    """Graft's row in that precision."""
    return next(row for row in rows if (row["engine"], row["precision"]) == ("graft", precision))


def print_model(rows, options):
    first = rows[0]
    print(f"\n{first['model']}: {first['nodes']} nodes, batch {options.batch}, {options.threads} threads, "
          f"median of {options.rounds} rounds")  # fmt: skip
    print(f"  {'engine':12}{'precision':>9}{'ms':>9}{'vs graft':>10}{'kernels':>9}{'plan MB':>9}{'run MB':>8}"
          f"{'convert s':>11}{'convert MB':>12}{'difference':>12}")  # fmt: skip
    for row in rows:
        head = f"  {row['engine']:12}{row['precision']:>9}"
        if row["error"]:
            print(f"{head}{'-':>9}  {row['error']}")
            continue
        if row["precision"] == "fp32":
            verdict = f"{row['difference']:12.1e}{' WRONG' if row['difference'] > row['tolerance'] else ''}"
        else:
            verdict = f"{row['sqnr_db']:9.1f} dB"
        ours = grafts(rows, row["precision"])
        ratio = row["ms"] / ours["ms"] if not ours["error"] else None
        plan_mb = row["plan_bytes"] and row["plan_bytes"] / 1e6
        print(f"{head}{row['ms']:9.2f}{number(ratio, '.2f', 9)}x{number(row['kernels'], 'd', 9)}"
              f"{number(plan_mb, '.1f', 9)}{row['run_mb']:8.0f}{row['convert_s']:11.2f}{row['convert_mb']:12.0f}"
              f"{verdict}")  # fmt: skip
    if any(row["precision"] != "fp32" for row in rows):
        print("  dB: signal over noise, against fp32 of the same engine"
              + ("" if first["model"] in zoo.TRAINED else
                 "; the weights are random, so narrow precisions are judged by speed only"))  # fmt: skip
    for precision in options.precision if options.layers else []:
        if not grafts(rows, precision)["error"]:
            print_layers([row for row in rows if row["precision"] == precision])


def print_layers(rows):
    """Each launch of Graft with its nodes; then every engine's time by kind of kernel.

    Peers rename what they fuse, so that their kernels have no nodes to compare by.
    """
    ours = rows[0]["layers"]
    print(f"\n  {'us':>9}{'%':>7}  {'kind':16} {'provider/tactic':22} nodes")
    total = sum(us for us, _ in ours)
    for us, layer in ours:
        tactic = f"{layer['provider']}/{layer['tactic']}"
        print(f"  {us:9.1f}{100 * us / total:7.2f}  {layer['kind']:16} {tactic:22} {' '.join(layer['nodes'])}")
    for row in rows:
        if not row.get("layers"):
            continue
        kinds = {}
        for us, layer in row["layers"]:
            kinds.setdefault(layer if isinstance(layer, str) else layer["kind"], []).append(us)
        print(f"\n  {row['engine']:>9} us{'kernels':>9}  kind")
        for kind, times in sorted(kinds.items(), key=lambda item: -sum(item[1])):
            print(f"  {sum(times):12.1f}{len(times):9}  {kind}")
        print(f"  {sum(map(sum, kinds.values())):12.1f}{len(row['layers']):9}  in all")


def print_summary(rows, options, versions):
    """Milliseconds of all models and engines, each peer's with its ratio to Graft's in that precision."""
    names = ["graft", *options.peers]
    print(f"\nmilliseconds, batch {options.batch}, {options.threads} threads (times Graft's; more is slower)")
    if "int8" in options.precision and "openvino" in names:
        print(f"int8 of openvino: quantized by nncf {versions['nncf']}, {options.samples} samples, graft's too")
    heads = {name: f"{name} {versions[name]}" if name in versions else name for name in names}
    width = {name: max(len(heads[name]), 15) for name in names}
    print(f"{'model':18}{'nodes':>6}{'precision':>11}" + "".join(f"  {heads[name]:>{width[name]}}" for name in names))
    for model, precision in dict.fromkeys((row["model"], row["precision"]) for row in rows):
        of_model = {row["engine"]: row for row in rows if (row["model"], row["precision"]) == (model, precision)}
        ours = of_model["graft"]
        line = f"{model:18}{ours['nodes']:6}{precision:>11}"
        for name in names:
            row = of_model.get(name)
            text = "failed" if row else "-"
            if row and not row["error"]:
                text = f"{row['ms']:.2f}"
                if name != "graft" and not ours["error"]:
                    text += f" ({row['ms'] / ours['ms']:.2f}x)"
            line += f"  {text:>{width[name]}}"
        print(line)
