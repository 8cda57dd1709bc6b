from tests.web.conftest import LogIn, log_in, people, static_root

__all__ = ["LogIn", "log_in", "people", "static_root"]
