"""The unified customer model and its stages; pure: no database, network, clock or terminal."""
