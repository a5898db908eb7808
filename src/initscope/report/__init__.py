"""Results for people and machines: terminal, HTML, charts."""
