"""`python -m release` is `hmco`."""

from release.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
