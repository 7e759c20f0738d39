"""What the page shows: thumbnails, pictures of the steps, examples, plots.
Imports: `report.facts`, `preprocess` (to do a film's steps again) and below; no HTML.
A new picture is named by what it is made from, so that one that is there is used again.
"""
