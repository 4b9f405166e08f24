"""What the type checker must refuse: one error a line that says so."""

import graft

graft.convert(3)  # error
graft.convert("model", deny="Relu", minimum_segment_size="3")  # error
graft.build("model", shapes={"x": "1x2"}, tune="yes")  # error
graft.load("model.plan", threads="two")  # error
graft.load("model.plan")({"x": 1})  # error
graft.convert("model").report["engine"]  # error
