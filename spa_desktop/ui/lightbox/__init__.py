"""Photos in full: from their files, with the stored small picture where a file is gone."""
