"""A waybill as a PDF: one label of 105 × 74 mm for each parcel, with nothing but text on it."""

from sandbox.orders.order import Order

# Points, 72 to the inch.
WIDTH, HEIGHT = 298, 210


def waybill_pdf(order: Order) -> bytes:
    """Return the file. It has as many pages as the order has parcels."""
    pages = [3 + 2 * index for index in range(order.spaces)]
    font = 3 + 2 * order.spaces
    kids = " ".join(f"{number} 0 R" for number in pages)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {order.spaces} /MediaBox [0 0 {WIDTH} {HEIGHT}] >>",
    ]
    for index, number in enumerate(pages, start=1):
        lines = f"(KASPI {order.waybill_number}) Tj 0 -40 Td ({order.code} {index}/{len(pages)}) Tj"
        text = f"BT /F 16 Tf 20 150 Td {lines} ET"
        resources = f"<< /Font << /F {font} 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R /Contents {number + 1} 0 R /Resources {resources} >>")
        objects.append(f"<< /Length {len(text)} >>\nstream\n{text}\nendstream")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    return _file(objects)


def _file(objects: list[str]) -> bytes:
    """Return the objects, numbered from 1, with the table of where each of them begins."""
    file = bytearray(b"%PDF-1.4\n")
    places = []
    for number, text in enumerate(objects, start=1):
        places.append(len(file))
        file += f"{number} 0 obj\n{text}\nendobj\n".encode("ascii")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    trailer = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return bytes(file + f"{trailer}startxref\n{len(file)}\n%%EOF\n".encode("ascii"))
