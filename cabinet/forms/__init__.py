"""What sellers fill in, understood or refused in words; one module a page. What it means is the services' business."""
