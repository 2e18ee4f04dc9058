"""What visitors ask for: the page, its pictures, what search engines read, and the API."""
