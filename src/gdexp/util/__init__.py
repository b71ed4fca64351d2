"""Files and locks, errors, provenance, addresses: what knows of no gradient."""
