"""The catalogue of initializers: frozen specifications, fans, and the laws that draw values."""

from initscope.initializers.catalogue import NAMES, ROWS
from initscope.initializers.fans import Fans
from initscope.initializers.initializer import Initializer, Row
from initscope.initializers.mean_field_scale import sigma_w
from initscope.initializers.text import PREFIX, get, split

__all__ = ["NAMES", "PREFIX", "ROWS", "Fans", "Initializer", "Row", "get", "sigma_w", "split"]
