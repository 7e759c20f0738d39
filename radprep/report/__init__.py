"""The page that shows what was done to every film and why: made from data sets only, never from a
private tree."""
