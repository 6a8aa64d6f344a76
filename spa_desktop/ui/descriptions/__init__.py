"""The Descriptions page: the text of each class, before anything is learned with it."""
