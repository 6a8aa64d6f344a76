"""The `.spa` file, the way of folders into it, and the feature cache beside it. Imports neither torch nor Qt."""

from spa_desktop.project.check import CheckReport
from spa_desktop.project.failures import ProjectBusy, ProjectDamaged, ProjectReadOnly
from spa_desktop.project.project import Project

__all__ = ["CheckReport", "Project", "ProjectBusy", "ProjectDamaged", "ProjectReadOnly"]
