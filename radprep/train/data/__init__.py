"""Here stands what is learnt from: the images of a data set as samples, who of the patients is on
which side of a split, and which films must not stand on two sides.

It may import nothing else of `train`; inside, imports point one way: samples, splits, leaks. To add
a way to split, write a function that gives image_id -> split, and call it in `training._split`.
"""
