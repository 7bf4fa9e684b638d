"""Courses: packs of Markdown and TOML on disk, read once at start and frozen after."""
