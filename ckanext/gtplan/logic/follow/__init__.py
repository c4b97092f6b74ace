"""Following a plan: reports, and the progress that is computed of them."""
