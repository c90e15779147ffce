"""The description of all routes that programs read (OpenAPI 3.1), and the page that people read.

`document` puts it together from the tables of operations in this folder and from what the code
knows already: the routes, who may use them, and the limits of every value.
"""

from .document import UndocumentedRouteError, document
from .reference import reference

__all__ = ["UndocumentedRouteError", "document", "reference"]
