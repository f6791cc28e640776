# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run some tests quickly while changing something: pytest, in the copied tree, with its environment.

    tests/one.py <what pytest takes: files, file::test, -k expression ...>
"""

from __future__ import annotations

import subprocess
import sys

from checkout import BIN, TREE, environment

if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("make try TEST=tests/unit/plugins/module_utils/cfw/test_time_range.py runs that file; name one")
    command = [str(BIN / "pytest"), "-q", "-p", "no:cacheprovider", *sys.argv[1:]]
    sys.exit(subprocess.run(command, cwd=TREE, env=environment(), check=False).returncode)
