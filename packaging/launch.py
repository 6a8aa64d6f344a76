"""Where the bundle begins: the command line, which opens the window when no command is given."""

import multiprocessing

if __name__ == "__main__":
    multiprocessing.freeze_support()
    from spa_desktop.cli import main

    main()
