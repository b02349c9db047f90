#!/bin/sh
exec python -m uvicorn app:app --port "$PORT" --log-level warning
