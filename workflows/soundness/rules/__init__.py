"""What a sound definition keeps to, rule by rule. Each rule takes a definition and yields what breaks it."""
