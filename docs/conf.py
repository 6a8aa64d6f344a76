"""The site: `make docs` builds it from the pages of the repository and the docstrings. Warnings are errors there."""

import re
from pathlib import Path

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator
from typer import Context
from typer.cli import get_docs_for_click
from typer.main import get_command

from spa_desktop.cli import app as command_line
from spa_desktop.version import __version__

_SIZE = re.compile(r"\\[bB]ig(?![a-z])")  # of brackets: docutils has no such command
_METHODS = ("fit", "partial_fit", "predict", "predict_proba", "score")

project = "SPA Desktop"
version = release = __version__
copyright = "SPA Desktop contributors, MIT licence"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
root_doc = "docs/index"
include_patterns = ["*.md", "benchmarks/*.md", "docs/**.md", "docs/stories/*.ipynb", "models/*.md"]
exclude_patterns = [".*", "build", "spa_desktop", "tests", "resources", "docs/screenshots/*.md"]

man_pages = [("docs/command-line", "spa-desktop", "teach an image classifier, class by class", [], 1)]
html_theme = "furo"
html_title = f"{project} {version}"
html_favicon = "../resources/icons/app.svg"
html_copy_source = False
html_search_scorer = str(Path(__file__).with_name("search.js"))
html_math_renderer = "mathml"  # mathjax would be fetched from elsewhere
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

myst_heading_anchors = 3
nb_execution_mode = "off"  # notebooks hold what they printed; `make docs-test` runs them
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_attr_annotations = False
nitpicky = True
# Types of other packages have no page here, nor have these of ours.
nitpick_ignore_regex = [
    ("py:.*", r"(?!spa_desktop).*"),
    ("py:.*", r"spa_desktop\.(spa\.(config\.[A-Z_]+|learner_format\..*)|recognizer\.Recognition\..*)"),
]
# Methods that scikit-learn adds to its estimators, with texts that point into its own site.
autodoc_default_options = {"exclude-members": ", ".join(f"set_{name}_request" for name in _METHODS)}


def setup(app: Sphinx) -> None:
    """Write the page of the command line from what `--help` says, formulas as MathML, and an index at the root."""
    app.add_html_math_renderer("mathml", (_formula, None), (_formula, None))
    app.connect("source-read", _command_line)
    app.connect("build-finished", _root)


def _command_line(app: Sphinx, page: str, source: list[str]) -> None:
    if page == "docs/command-line":
        command = get_command(command_line)
        source[0] += "\n" + get_docs_for_click(obj=command, ctx=Context(command), name="spa-desktop", indent=1)


def _root(app: Sphinx, failure: Exception | None) -> None:
    """An index at the root of the site, which leads to the first page."""
    if failure is None and app.builder.format == "html":
        (app.outdir / "index.html").write_text(
            f'<meta http-equiv="refresh" content="0; url={root_doc}.html">\n', "utf-8"
        )


def _formula(writer: HTML5Translator, node: nodes.math | nodes.math_block) -> None:
    writer.body.append(tex2mathml(_SIZE.sub("", node.astext()), as_block=isinstance(node, nodes.math_block)))
    raise nodes.SkipNode
