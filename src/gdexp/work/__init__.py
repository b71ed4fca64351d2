"""What runs: jobs, warm workers and their tasks, uploads, progress, partial results."""
