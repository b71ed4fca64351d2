"""Create the store."""

from toycell import create_store

create_store(".")
