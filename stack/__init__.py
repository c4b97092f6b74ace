"""What ``./portal`` uses to set up, start, stop, save and test the portal."""
