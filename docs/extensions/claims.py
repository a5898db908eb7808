"""A chart for every claim of the page that is also read in the repository, above its table."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from charts import figure
from sphinx.util.docutils import SphinxDirective

from initscope.claims.committed import read
from initscope.report.claim_charts import forest

_CHAPTER = re.compile(r"^(## (\d+) .*?)(?=^\| case )", flags=re.MULTILINE | re.DOTALL)
_CAPTION = (
    "Claim {}: each case's estimate with its 95% interval, from the first set of seeds; the grey "
    "band is where the criterion wants the whole interval."
)


class ClaimChart(SphinxDirective):
    """Draw the cases of the claim of a number."""

    required_arguments = 1

    def run(self):
        """Return the figure with its caption."""
        number = int(self.arguments[0])
        return figure(forest(_results(self.env.srcdir)[number]), _CAPTION.format(number))


@cache
def _results(folder):
    first, _ = read(Path(folder) / "evidence" / "claims.json")
    return {result.claim.id: result for result in first}


def _insert(_app, document, source):
    if document == "claims":
        source[0] = _CHAPTER.sub(r"\1```{claim-chart} \2\n```\n\n", source[0])


def setup(app):
    """Register the directive, and put it where claims are told."""
    app.add_directive("claim-chart", ClaimChart)
    app.connect("source-read", _insert)
    return {"parallel_read_safe": True}
