"""Django's own commands, with the database running: the same as `jieti manage …`."""

import sys

from jieti.config.cli import manage

if __name__ == "__main__":
    manage(sys.argv[1:])
