"""What lies in a package, to any depth: counted, listed, streamed."""
