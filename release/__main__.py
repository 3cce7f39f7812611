"""`python -m release` is `hmco`."""

import _signal as signal  # type: ignore[import-not-found]  # `signal` takes long itself

# Ctrl-C ends us without a word while modules are imported: only a traceback would tell of it.
_interrupt = signal.signal(signal.SIGINT, signal.SIG_DFL)

from release.cli.main import main  # noqa: E402 -- that takes the longest

if __name__ == "__main__":
    signal.signal(signal.SIGINT, _interrupt)
    raise SystemExit(main())
