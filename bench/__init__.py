"""Measures VMS against its goals, against floors and peers in the same run. Nothing of the product depends on it.

`python -m bench` runs a complete set; `python -m bench capture --cameras 100` one subject. Each subject writes lines of
JSON; `bench.tables` makes the tables of docs/performance.md from them, and `bench.plots` the pictures.
"""
