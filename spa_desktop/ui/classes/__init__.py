"""The Classes page: what there is to learn, and the photos of each class."""
