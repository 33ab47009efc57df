"""Numbers to pictures: of `model_utils` it knows only the values, their JSON form, and where the files lie.

    step_figure(trace)      a Plotly figure with a frame a step, for notebooks
    surprisal_figure(trace), cumulative_figure(trace), duel_figure(traces), learning_figure(curve, checkpoints)
    to_html(trace)          one page with the whole player, which opens with no network
    hand_out_to_html(trace) a page to print: all steps, several on a sheet

The rest is what a page needs to place the player itself. Leaves out: models, and the page.
"""

from .figures.charts import cumulative_figure, duel_figure, learning_figure, surprisal_figure
from .figures.figure import step_figure
from .pages.assets import bundle, player_setup, plotly_script
from .pages.export import hand_out_to_html, to_html, view_to_html
from .text.i18n import LANGUAGES, known, sentence_of, words
from .theme import css_variables

__all__ = [
    "LANGUAGES",
    "bundle",
    "css_variables",
    "cumulative_figure",
    "duel_figure",
    "hand_out_to_html",
    "known",
    "learning_figure",
    "player_setup",
    "plotly_script",
    "sentence_of",
    "step_figure",
    "surprisal_figure",
    "to_html",
    "view_to_html",
    "words",
]
