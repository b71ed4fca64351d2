"""Claims: what the paper says, what was measured, and whether it holds."""

from gdexp.claims.catalogue import CLAIMS
from gdexp.claims.page import claims_page, claims_table
from gdexp.claims.verdict import Claim, Evidence, Finding, equal, within

__all__ = [
    "CLAIMS",
    "Claim",
    "Evidence",
    "Finding",
    "claims_page",
    "claims_table",
    "equal",
    "within",
]
