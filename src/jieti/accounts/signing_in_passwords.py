"""What a password must be, in our words; the rules themselves are Django's."""

from django.contrib.auth import password_validation as rules


class LongEnough(rules.MinimumLengthValidator):
    """At least so many characters (settings)."""

    def get_error_message(self) -> str:
        """As shown beside the field."""
        return f"密码太短，至少要有{self.min_length}个字符。"

    def get_help_text(self) -> str:
        """As shown before anything is typed."""
        return f"至少{self.min_length}个字符。"


class NotAboutOneself(rules.UserAttributeSimilarityValidator):
    """Not like the account's names."""

    def get_error_message(self) -> str:
        """As shown beside the field; the attribute's name is put in by Django."""
        return "密码与%(verbose_name)s太相似，容易被猜到。"

    def get_help_text(self) -> str:
        """As shown before anything is typed."""
        return "不能与用户名、姓名相近。"


class NotCommon(rules.CommonPasswordValidator):
    """None of the twenty thousand that are tried first."""

    def get_error_message(self) -> str:
        """As shown beside the field."""
        return "这个密码太常见，容易被猜到。"

    def get_help_text(self) -> str:
        """As shown before anything is typed."""
        return "不能是常见的密码。"


class NotNumbersAlone(rules.NumericPasswordValidator):
    """Not digits alone."""

    def get_error_message(self) -> str:
        """As shown beside the field."""
        return "密码不能全是数字。"

    def get_help_text(self) -> str:
        """As shown before anything is typed."""
        return "不能全是数字。"
