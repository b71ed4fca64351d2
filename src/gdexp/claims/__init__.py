"""Claims: what is said, what was measured, and whether it holds."""

from gdexp.claims.evidence import Evidence, MissingError
from gdexp.claims.verdict import Claim, Finding, both, equal, within

__all__ = ["Claim", "Evidence", "Finding", "MissingError", "both", "equal", "within"]
