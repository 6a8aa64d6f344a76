"""The page Use: photos and folders are recognised, looked through, saved and sorted."""
