"""Small pictures of photos: loaded when they are first visible, and shown in a grid."""
