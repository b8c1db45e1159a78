"""Detectors over HTTP: a service for programs and a page for people. Only this room knows FastAPI and uvicorn."""
