"""What a seller takes away as files: tables for people, and the price list in the marketplace's own spreadsheet."""
