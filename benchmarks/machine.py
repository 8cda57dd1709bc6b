"""What a result was measured on."""

import os
import platform
import time
from importlib import metadata
from pathlib import Path

_PACKAGES = (
    "polars", "duckdb", "pyarrow", "sqlglot", "numpy", "openfisca-core", "zen-engine", "common-expression-language",
    "pyspark", "psycopg",
)  # fmt: skip


def machine() -> dict[str, object]:
    """Processor, cores, memory, kernel, versions, day."""
    return {
        "cpu": _first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gb": round(int(_first("/proc/meminfo", "MemTotal").split()[0]) / 1024 / 1024, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in _PACKAGES},
        "date": time.strftime("%Y-%m-%d"),
    }


def _first(file: str, key: str) -> str:
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "unknown")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
