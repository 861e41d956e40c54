"""Lull: forecasts of when armed factions' attacks pause and when they resume."""
