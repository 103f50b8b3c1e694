"""A catalogue of documents -> a site of pictures."""
