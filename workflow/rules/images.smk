# Image files: downloaded, verified and kept, unless they are there already. Only while
# some are missing, so that Snakemake never touches a folder that a user has filled.

if MISSING and ARCHIVES:

    localrules:
        images,

    rule images:
        # In this process, whose standard error shows the progress bar.
        output:
            [str(file) for file in MISSING],
        log:
            "<results>/logs/images.log",
        run:
            for archive in ARCHIVES:
                download(archive, Path(grid.data), names)
            Path(log[0]).write_text("downloaded and verified\n")
