# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The double of AWX as a program: writes how to reach it into a file that appears complete, and serves until it is stopped.

    serve_awx.py <ready-file>
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from awx_double import Awx

if __name__ == "__main__":
    ready = Path(sys.argv[1])
    partial = ready.with_suffix(".partial")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # before threads begin, so that they have it blocked too
    with Awx() as awx:
        partial.write_text(json.dumps({"pid": os.getpid(), "url": awx.url, "environment": awx.environment()}), encoding="utf-8")
        partial.replace(ready)
        signal.sigwait({signal.SIGTERM})
