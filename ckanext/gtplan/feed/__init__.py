"""Feeds of stored fragments.

``making`` writes what is said of a dataset, ``keeping`` stores it and brings it up to date when the
dataset changes, ``sending`` answers with it. What is beside them: the stream of changes and its
events, and what an administrator runs or looks at.
"""
