"""The pages for our own people: what is due, their tasks, each request. Signed in, signed by name, no script."""
