"""What is watched for: a file for each rule, which reads a bounded part of the tables and says what it found.

What counts as broken is decided by pure functions over what was read, so that traces can be held against it.
"""
