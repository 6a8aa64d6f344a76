"""Where the bundle begins: the command line, which opens the window when no command is given."""

import multiprocessing
import runpy
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()
    if sys.argv[1:2] == ["-m"] and sys.argv[2:3] and sys.argv[2].startswith("spa_desktop."):
        # The app starts modules of its own in other processes, as Python would.
        del sys.argv[1]
        runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
    else:
        from spa_desktop.__main__ import main

        main()
