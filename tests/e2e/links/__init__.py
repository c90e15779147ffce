"""A camera, a link and a server: what a viewer at the server sees when the link is bad."""
