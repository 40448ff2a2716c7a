"""corpusprep: raw scraped news documents in, a clean, deduplicated, versioned dataset out."""
