"""One image in memory: its geometry and pixels (`image`), PNG bytes (`png`), hashes of pixels.
Imports: only `errors` and libraries. Nothing here knows files, rows or steps.
Another way to turn or crop belongs into `image.Image`, so that every step shares one warp.
"""
