"""What is said of a server that cannot be used; `tests/servers` has real ones."""

import http.server
import threading
from contextlib import contextmanager

import pytest
from mlflow.server.security_utils import INVALID_HOST_MSG

from gdexp.tracking.connect import _server, connect
from gdexp.util.errors import TrackingError


@contextmanager
def answering(status, text):
    """The address of a server that always gives one answer."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{web.server_port}"
        finally:
            web.shutdown()
            thread.join()


def test_a_server_that_refuses_its_name_is_told_which():
    with answering(403, INVALID_HOST_MSG) as uri:
        place = uri.removeprefix("http://")
        with pytest.raises(TrackingError, match=rf"--allowed-hosts {place}, see"):
            connect(uri, 1)


@pytest.mark.parametrize("status", [200, 302, 401, 403])
def test_whoever_asks_for_credentials_answers(status):
    """MLflow has them, and is not asked here."""
    with answering(status, "Forbidden") as uri:
        _server(uri)


def test_a_server_that_is_away():
    with answering(200, "") as uri:
        pass
    with pytest.raises(TrackingError, match=f"no tracking server answers at {uri} "):
        connect(uri, 1)
