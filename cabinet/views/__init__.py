"""The seller's pages, one module a page. A view finds the row, asks a form, calls one service, renders one thing."""
