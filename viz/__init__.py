"""Numbers to pictures: of `model_utils` it knows only the values and their JSON form.

    step_figure(trace)      a Plotly figure with a frame a step, for notebooks
    to_html(trace)          one page with the whole player, which opens with no network

The rest is what a page needs to place the player itself. Leaves out: models, and the page.
"""

from .export import to_html
from .figure import step_figure
from .player import player_scripts, player_setup, player_styles, plotly_script
from .theme import css_variables
from .words import words

__all__ = [
    "css_variables",
    "player_scripts",
    "player_setup",
    "player_styles",
    "plotly_script",
    "step_figure",
    "to_html",
    "words",
]
