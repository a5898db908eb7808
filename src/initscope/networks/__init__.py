"""Built-in networks by their text form, such as ``mlp:depth=30,width=256,activation=relu``."""

from initscope.networks.table import NAMES, ROWS, Built, build, read

__all__ = ["NAMES", "ROWS", "Built", "build", "read"]
