"""The errors of the recipe: each says in one sentence what is wrong and what to do.

Leaves out: other exception types, of which there are none.
"""


class TrainingError(Exception):
    """Something outside the code is wrong: a folder, a file, a setting."""


class CorpusError(TrainingError):
    """The folder of text, or the table of its sources, cannot be used."""


class CheckpointError(TrainingError):
    """A checkpoint is missing, or belongs to another run."""


class BarError(TrainingError):
    """Trained weights fall short of what is published, by this much."""
