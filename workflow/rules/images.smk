# Image files: downloaded, verified and kept, unless they are there already. Only while
# some are missing, so that Snakemake never touches a folder that a user has filled.

for i, archive in enumerate(images.archives):

    rule:
        # In this process, whose standard error shows the progress bar. One job per
        # archive: the failure of one takes no file of another along.
        name:
            f"images_{i}"
        output:
            list(map(str, images.of(archive))),
        log:
            f"<results>/logs/images/{i}.log",
        localrule: True
        params:
            archive=i,
        run:
            images.fetch(params.archive, log[0])
