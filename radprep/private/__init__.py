"""The private tree beside a data set: the project key, identifiers, the record of the forgotten.
Imports: `dataset` and what it may import. Nothing of it is ever written inside a data set.
Commands get it from `place.find_tree`, which refuses one that others can reach (`guard`).
A new private file gets its name in `tree.PrivateTree`, so that `forget` and `verify` find it.
"""
