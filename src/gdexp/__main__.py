"""``python -m gdexp`` is ``gdexp``."""

import sys

from gdexp.cli import main

sys.exit(main())
