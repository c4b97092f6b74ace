"""Indicators: their series, and those that the portal computes by itself."""
