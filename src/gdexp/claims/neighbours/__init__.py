"""Claims about what stands beside the paper: a module for each, with its judges."""
