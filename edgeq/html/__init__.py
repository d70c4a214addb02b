"""HTML of what edgeq found: the environment of templates, and results as tables in a notebook.

Nothing of a model becomes markup. Jinja is imported when something is rendered.
"""

from edgeq.html.result_html import result_html

__all__ = ["result_html"]
