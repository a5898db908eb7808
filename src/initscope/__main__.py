"""``python -m initscope`` is the same as the command ``initscope``."""

from initscope.cli.main import main

if __name__ == "__main__":
    main()
