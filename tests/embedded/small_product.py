"""
`python -m embedded` with tiny programs in place of the real ones: small_product.py DATA MARKETPLACE_PORT ...

FLAWS in the environment names what goes wrong: `preparation` makes the second step fail.
"""

import os
import sys
from pathlib import Path

from embedded import forms
from embedded.__main__ import main
from embedded.forms import Address, Form
from embedded.supervisor import Program, Step

# Its log holds its process id before anybody can reach it.
SERVER = """
import http.server, os, sys

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "ok", "last": {}}')

print(os.getpid(), flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
"""


def _python(name: str, code: str, *arguments: object) -> Program:
    return Program(name, (sys.executable, "-c", code, *map(str, arguments)))


async def _small_form(data: Path, address: Address) -> Form:
    fails = "preparation" in os.environ["FLAWS"]
    return Form(
        data=data,
        address=address,
        environment=os.environ,
        marketplace=_python("sandbox", SERVER, MARKETPLACE_PORT),
        marketplace_port=MARKETPLACE_PORT,
        steps=(
            Step(_python("first", "print('a shop was opened')"), "First step", speaks=True),
            Step(_python("second", "import sys; sys.exit('on fire')" if fails else ""), "Second step"),
        ),
        programs=(_python("web", SERVER, address.port),),
    )


if __name__ == "__main__":
    DATA, MARKETPLACE_PORT = Path(sys.argv.pop(1)), int(sys.argv.pop(1))
    forms.data_folder = lambda *, with_demo: DATA
    forms.demo = _small_form
    sys.exit(main())
