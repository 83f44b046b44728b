# A program that has figures, and takes alerts. Each request is written to /run/heard.
import http.server
import os
import sys


class Shop(http.server.BaseHTTPRequestHandler):
    def answer(self, status, text=""):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        allowed = os.environ.get("ALLOWED")
        if allowed and self.headers.get("Authorization") != allowed:
            self.answer(401)
        else:
            self.answer(200, "# TYPE shop_orders gauge\nshop_orders 42\n")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with open("/run/heard", "a") as heard:
            heard.write(self.path + " " + body + "\n")
        self.answer(200)

    def log_message(self, *arguments):
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
