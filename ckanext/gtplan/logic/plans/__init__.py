"""Plans in and out of the portal: loading, unloading, publishing their deliverables."""
