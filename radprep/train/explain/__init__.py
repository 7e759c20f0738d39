"""Here it is shown where in an image a network found its answer: maps, and a page of overlays.

It may import all of `train` but `holdout` and `prediction`; inside, imports point one way: gradcam,
lrp, page. To add a method, write a module that turns a network and images into maps of shape (h,
w), a line in `page._NOTES`, and its call in `page._maps`.
"""
