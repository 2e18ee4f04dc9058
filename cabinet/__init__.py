"""The seller's pages. A door: it reads rows and calls services, and has no rules of its own."""
