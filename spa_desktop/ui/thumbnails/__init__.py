"""Small pictures of photos: loaded when they are first looked at, and shown in a grid."""
