"""Following a plan: reports laid over it, and the figures computed from both at a day."""
