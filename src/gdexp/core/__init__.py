"""What is run: datasets, losses, models, methods, and the forms that compute them."""
