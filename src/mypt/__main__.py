"""`python -m mypt` is the `mypt` command."""

from mypt.cli.app import main

if __name__ == "__main__":
    main()
