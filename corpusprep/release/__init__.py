"""From tables to a versioned release."""
