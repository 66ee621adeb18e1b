"""The faces: thin translations between people and the verbs of ``hub.app``."""
