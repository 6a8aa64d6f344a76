"""The Live page: what a camera, a photo, a folder or a video shows, recognised as it comes."""
