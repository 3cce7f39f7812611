"""Runs one program and reports what it cost; kept tiny, for a child's peak starts at its parent's.

`python -I -S probe.py REPORT PROGRAM ARGUMENT...` writes wall, user and system seconds and the
largest resident set of the program and of what it waited for.
"""

import os
import sys
import time


def main(report: str, argv: list[str]) -> int:
    """Return the program's exit code, 127 if it cannot be started."""
    begin = time.monotonic()
    try:
        child = os.posix_spawnp(argv[0], argv, os.environ)
    except OSError as error:
        sys.stderr.write(f"{argv[0]}: {error.strerror}\n")
        return 127
    _, status, usage = os.wait4(child, 0)
    wall = time.monotonic() - begin
    with open(report, "w", encoding="ascii") as file:  # noqa: PTH123 -- pathlib would cost memory
        file.write(f"{wall} {usage.ru_utime} {usage.ru_stime} {usage.ru_maxrss}")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
