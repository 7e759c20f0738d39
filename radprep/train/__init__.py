"""Training, evaluation and comparison of classifiers; the only room that imports scikit-learn,
PyTorch or matplotlib.

Seams: samples (what there is), splits (who is where), learner (a model that fits and predicts),
evaluation (what it is worth).
"""
