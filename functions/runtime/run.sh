#!/bin/sh
# What AWS Lambda Web Adapter starts.
cd -- "$(dirname -- "$0")" && exec python3 -m backend
