"""Equipment: a bad network on one computer, and a camera and a viewer to put on either side."""
