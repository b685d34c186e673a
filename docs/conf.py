"""The manual: `make docs` builds it, warnings are errors."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from made import write_pages  # noqa: E402  # lies beside this file

from assay.version import __version__  # noqa: E402

write_pages(HERE / "reference" / "made")

project = "Assay"
author = "the authors of Assay"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["_build"]
nitpicky = False

myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3
copybutton_exclude = ".linenos, .gp, .go"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"Assay {__version__}"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_show_sphinx = False
html_copy_source = False
# What cannot be reached from where the pages are built says nothing about a link.
linkcheck_ignore = [r"https?://"]
