"""What is made is kept and brought up to date: fragments, ready blocks, epochs, the journal."""
