"""Here stands the model that needs no PyTorch: numbers that describe a film's texture, and a small
model over them.

Of `train` it may import `data`, `parameters`, `learner` and `judging`; inside, imports point one
way: features, learner. To add a feature, extend `features.describe` and raise `features.VERSION`;
to add a candidate, extend `ClassicLearner._candidates`.
"""
