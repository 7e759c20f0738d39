"""Where in an image a network found its answer: maps of relevance, and a page of overlays."""
