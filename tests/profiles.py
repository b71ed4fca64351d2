"""Check a crate by its validator: python tests/profiles.py CRATE CONTEXT PROFILE...

In an environment of its own, see the Makefile: roc-validator and import-linter need
other versions of one package. No network is asked: the context, which the validator
would fetch, is the one that rocrate has, with the names of RO-Crate 1.1.
"""

import json
import sys
from pathlib import Path

NAMES = {  # of version 1.3 and of 1.1
    "https://bioschemas.org/terms/input": (
        "https://bioschemas.org/ComputationalWorkflow#input"
    ),
    "https://bioschemas.org/terms/output": (
        "https://bioschemas.org/ComputationalWorkflow#output"
    ),
    "https://bioschemas.org/terms/": "https://bioschemas.org/",
}


def context_of(path):
    text = json.dumps({"@context": json.loads(Path(path).read_text())["@context"]})
    for new, old in NAMES.items():
        text = text.replace(new, old)
    return text.encode()


def serve(content):
    # here and below, for pytest looks into this file without the validator
    from requests import Response
    from rocrate_validator.utils import http

    def get(self, url, **more):
        answer = Response()
        known = url == "https://w3id.org/ro/crate/1.1/context"
        answer.status_code, answer.url = (200 if known else 504), url
        answer.headers["Content-Type"] = "application/ld+json"
        answer._content = content if known else b""
        return answer

    http.HttpRequester.get = get


def main(crate, context, *profiles):
    from rocrate_validator import models, services

    serve(context_of(context))
    found = []
    for profile in profiles:
        settings = services.ValidationSettings(
            rocrate_uri=models.URI(crate),
            profile_identifier=profile,
            requirement_severity=models.Severity.REQUIRED,
            offline=True,
        )
        result = services.validate(settings)
        found += [
            f"{issue.check.identifier}: {issue.message} ({issue.violatingEntity})"
            for issue in result.get_issues()
        ]
    print("\n".join(found) or "valid")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
