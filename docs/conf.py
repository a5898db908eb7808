"""How Sphinx makes the documentation site: `make docs`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "extensions"))

from initscope import __version__  # noqa: E402

project = "initscope"
copyright = "the authors of initscope"  # noqa: A001 - Sphinx's name
release = __version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "charts",
    "claims",
    "mathml",
    "pages",
    "links",
]
exclude_patterns = ["_build", "extensions"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}

myst_enable_extensions = ["attrs_inline", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
myst_dmath_double_inline = True

nb_execution_mode = "cache"
nb_execution_cache_path = str(HERE / "_build" / ".jupyter_cache")
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
nitpicky = True
# Signatures name types of other libraries, and of rooms that are no part of the reference.
nitpick_ignore_regex = [
    ("py:(class|obj|data|exc)", r".*"),
    ("py:func", r"initscope\.(checking\.fix|planning\.apply)\..*"),  # reached by their methods
]

html_theme = "furo"
html_title = "initscope"
html_static_path = ["static"]
html_css_files = ["initscope.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
pygments_style = "friendly"
pygments_dark_style = "github-dark"
