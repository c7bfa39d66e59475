"""Tells moto, which runs no functions, what the probes are to answer: that the internet saw EGRESS_IP."""

import json
import os
import sys
import urllib.request

HOW_MANY = 64


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        if response.status not in (200, 201):
            sys.exit(f"{url} answered {response.status}")


endpoint = sys.argv[1]
seen = {"outcome": "answered", "status": 200, "body": os.environ["EGRESS_IP"] + "\n"}
post(f"{endpoint}/moto-api/config", {"lambda": {"use_docker": False}})
post(
    f"{endpoint}/moto-api/static/lambda-simple/response",
    {
        "results": [json.dumps(seen)] * HOW_MANY,
        "account_id": "123456789012",
        "region": os.environ.get("AWS_DEFAULT_REGION", "ap-northeast-1"),
    },
)
