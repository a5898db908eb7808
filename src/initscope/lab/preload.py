"""What every page's process needs, loaded once in the process that they are forked from.

Nothing here runs torch's backward pass: threads that it would start do not survive a fork.
"""

import gc

import torch.fx.experimental.symbolic_shapes  # noqa: F401 - the first observation imports it

import initscope.lab.catalogue
import initscope.lab.paper
import initscope.lab.signal
import initscope.rules.table  # noqa: F401 - loaded for those who come after
from initscope.theory import phase_diagram

for _name in ("tanh", "relu"):  # tables over q, half a second each
    phase_diagram(_name, [1.0], [0.0])

# What is loaded stays: no collection looks at it again, in any page's process, and so its memory
# stays shared.
gc.collect()
gc.freeze()
