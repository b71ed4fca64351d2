# What `make report` shows besides the figures. Each figure's caption is the text beside
# it; see workflow/report.


rule pages:
    # Exponents, verdicts, versions and the configuration, for a browser.
    input:
        unpack(inputs_of("pages")),
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
    run:
        tables = [input.exponents[0], input.claims[0]]
        make("pages", wildcards, log, tables=tables, outputs=dict(output.items()))


rule index:
    # What came out, why, and where the rest is: the first page of the results.
    input:
        unpack(inputs_of("index")),
    output:
        index=f"<results>/{INDEX[0]}",
        result=f"<results>/{INDEX[1]}",
    log:
        "<results>/logs/index.log",
    retries: 0
    run:
        about = {"experiments": list(images.grid.experiments)}
        about["beside"] = linked("index", wildcards)
        make("index", wildcards, log, **about, **dict(output.items()))
