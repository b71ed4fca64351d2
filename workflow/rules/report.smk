# What `make report` shows besides the figures. Each figure's caption is the text beside
# it; see workflow/report.


rule pages:
    # Exponents, verdicts, versions and the configuration, for a browser.
    input:
        exponents="<results>/tables/exponents.csv",
        claims="<results>/tables/claims.csv",
    output:
        exponents=report(
            "<results>/report/exponents.html",
            category="Numbers",
            labels={"page": "exponents with intervals"},
        ),
        claims=report(
            "<results>/report/claims.html",
            category="Numbers",
            labels={"page": "claims with verdicts"},
        ),
        setup=report(
            "<results>/report/setup.html",
            category="Numbers",
            labels={"page": "versions and configuration"},
        ),
    log:
        "<results>/logs/pages.log",
    retries: 0
    params:
        config_digest=grid.digest,
        code=code_of("claims/pages.py"),
    run:
        files = dict(output.items())
        workers.do("pages", log=log[0], tables=list(input), outputs=files)
