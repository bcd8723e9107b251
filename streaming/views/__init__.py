"""Doors for people: a module for each subject, named as its pages are."""
