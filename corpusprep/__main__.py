"""`python -m corpusprep` is the command line."""

from corpusprep.cli import main

if __name__ == "__main__":
    main()
