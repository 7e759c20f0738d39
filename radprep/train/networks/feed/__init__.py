"""Here images become batches: resized once into a cache, drawn in an order, changed at random,
normalised.

Of `train` it may import `data`, `learner` and `judging.voting`; inside, imports point one way:
augment, sampling, image_cache, batches. To add a random change, write a field in `Augmentation` and
apply it in `augment`; to add an order, write a line in `sampling.SAMPLINGS`.
"""
