"""Several machines by Ray: workers that compute parts of batches, and what keeps them going when some die.

No other room imports ray. Its usage statistics are never sent.
"""

import os

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
