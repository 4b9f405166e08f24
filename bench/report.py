# Part of Graft, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What bench/run.py prints."""


def number(value, form, width):
    return f"{'-' if value is None else format(value, form):>{width}}"


def print_model(rows, options):
    first = rows[0]
    print(f"\n{first['model']}: {first['nodes']} nodes, batch {options.batch}, {options.threads} threads, "
          f"{options.precision}, median of {options.rounds} rounds")  # fmt: skip
    print(f"  {'engine':12}{'ms':>9}{'vs graft':>10}{'kernels':>9}{'plan MB':>9}{'run MB':>8}"
          f"{'convert s':>11}{'convert MB':>12}{'difference':>12}")  # fmt: skip
    for row in rows:
        if row["error"]:
            print(f"  {row['engine']:12}{'-':>9}  {row['error']}")
            continue
        # In a narrower precision the difference is information, not a verdict.
        wrong = options.precision == "f32" and row["difference"] > first["tolerance"]
        ratio = row["ms"] / first["ms"] if not first["error"] else None
        plan_mb = row["plan_bytes"] and row["plan_bytes"] / 1e6
        print(f"  {row['engine']:12}{row['ms']:9.2f}{number(ratio, '.2f', 9)}x{number(row['kernels'], 'd', 9)}"
              f"{number(plan_mb, '.1f', 9)}{row['run_mb']:8.0f}{row['convert_s']:11.2f}{row['convert_mb']:12.0f}"
              f"{row['difference']:12.1e}{' WRONG' if wrong else ''}")  # fmt: skip
    if options.layers and not first["error"]:
        print_layers(rows)


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
    """Milliseconds of all models and engines, each peer's with its ratio to Graft's."""
    names = ["graft", *options.peers]
    print(f"\nmilliseconds, batch {options.batch}, {options.threads} threads, {options.precision}"
          " (times Graft's; more is slower)")  # fmt: skip
    heads = {name: f"{name} {versions[name]}" if name in versions else name for name in names}
    width = {name: max(len(heads[name]), 15) for name in names}
    print(f"{'model':18}{'nodes':>6}" + "".join(f"  {heads[name]:>{width[name]}}" for name in names))
    models = list(dict.fromkeys(row["model"] for row in rows))
    for model in models:
        of_model = {row["engine"]: row for row in rows if row["model"] == model}
        ours = of_model["graft"]
        line = f"{model:18}{ours['nodes']:6}"
        for name in names:
            row = of_model.get(name)
            text = "failed"
            if row and not row["error"]:
                text = f"{row['ms']:.2f}"
                if name != "graft" and not ours["error"]:
                    text += f" ({row['ms'] / ours['ms']:.2f}x)"
            line += f"  {text:>{width[name]}}"
        print(line)
