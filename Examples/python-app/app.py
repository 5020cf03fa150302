"""A small web application: says hello and which machine (or replica) answered."""

import os
import signal
import socket
import sys

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello():
    name = os.environ.get("NAME", "World")
    return f"Hello, {name}\nHostname: {socket.gethostname()}\n", {"Content-Type": "text/plain; charset=utf-8"}


def stop(signum, frame):
    # Python as process 1 ignores SIGTERM unless it is handled; without this a stop takes the whole grace period.
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    app.run(host="0.0.0.0", port=8000, threaded=True)
