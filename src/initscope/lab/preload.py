"""What every page's process needs, loaded once in the process that they are forked from.

Nothing here runs torch: threads that it would start do not survive a fork.
"""

import initscope.checking
import initscope.lab.signal
import initscope.networks
import initscope.propagate  # noqa: F401 - loaded for those who come after
