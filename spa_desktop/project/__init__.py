"""The `.spa` file, the way of folders into it, and the feature cache beside it. Imports neither torch nor Qt."""

from spa_desktop.project.check import CheckReport
from spa_desktop.project.class_names import clean_name
from spa_desktop.project.connecting import Waiting
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.project.folders import (
    Added,
    FoundClass,
    FoundClasses,
    FoundFile,
    Skipped,
    add_classes,
    are_sorted,
    find_classes,
    find_dropped,
)
from spa_desktop.project.project import Project
from spa_desktop.project.project_failures import ProjectBusy, ProjectDamaged, ProjectInUse, ProjectReadOnly
from spa_desktop.project.transaction import Transaction
from spa_desktop.project.undo import Change

__all__ = [
    "Added",
    "Change",
    "CheckReport",
    "FeatureCache",
    "FoundClass",
    "FoundClasses",
    "FoundFile",
    "Project",
    "ProjectBusy",
    "ProjectDamaged",
    "ProjectInUse",
    "ProjectReadOnly",
    "Skipped",
    "Transaction",
    "Waiting",
    "add_classes",
    "are_sorted",
    "clean_name",
    "find_classes",
    "find_dropped",
]
