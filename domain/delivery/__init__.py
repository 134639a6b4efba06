"""A batch's marking codes handed out: whole as a stream, or in blocks with a digest."""
