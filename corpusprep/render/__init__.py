"""From text or HTML to a Document with blocks."""
