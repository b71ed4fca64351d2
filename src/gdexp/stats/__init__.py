"""Statistics over seeds, and exponents with intervals."""
