"""Doors of payments; the pages and the API of a person's plan are above, with the cabinet and the stores."""
