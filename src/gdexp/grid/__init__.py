"""The grid: configuration -> experiments -> jobs -> cells, and their cost."""
