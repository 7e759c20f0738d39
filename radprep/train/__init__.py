"""Here classifiers are trained, evaluated, compared and asked. No other room imports scikit-learn,
PyTorch or timm.

It may import every room but `cli`. Inside, imports point one way: data, catalogue, parameters,
learner, experiment, judging, classic, networks, models, training, then holdout, prediction and
explain. To add a model, see `docs/how-to/add-a-model.md`; a new kind of model is a room with a
class that is a `Learner`, and a line in `models._LEARNERS`.
"""
