"""Records, their check, tables of them, and the status of a grid."""
