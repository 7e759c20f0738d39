"""Here stands what predictions are worth: figures with intervals, votes of a study's images, plots,
the model card, and the comparison of two runs.

Of `train` it may import `data` and `experiment`; inside, imports point one way: metrics, voting,
plots, evaluation, then card and comparison. To add a figure, name it in `metrics` and compute it
there; to add a way to vote, write a line in `voting.RULES`.
"""
