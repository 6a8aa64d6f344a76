"""The operations on an open project, one module each, used alike by the command line, the window and Python.

Each takes an :class:`~spa_desktop.workbench.open_project.OpenProject`, and a job for progress and cancellation. It
stores what it did in one transaction at its end, so that a failed or cancelled one leaves the project as it was.
Importing them loads no torch.
"""
