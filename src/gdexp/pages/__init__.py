"""What a browser shows of a finished grid: one file each, which asks for no other."""
