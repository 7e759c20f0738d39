"""Here networks learn: parameters, checkpoints, the loop over epochs, and the learner around it.
With `explain`, the only room that imports PyTorch.

Of `train` it may import `catalogue`, `data`, `parameters`, `learner` and `judging`; inside, imports
point one way: feed, models, parameters, events, checkpoint, loop, learner. `memory` and `device`
say what a training takes and what there is to train on. To add a network, see
`models`; to add an option of the training, write a field in `parameters` and use it in `loop`.
"""
