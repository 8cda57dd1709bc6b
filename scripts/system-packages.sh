#!/bin/sh
# Installs what tests need and the system lacks; says what to do and fails where it cannot.
# Without argument: browser, Chinese font, Node. "venv": Python's own. "java": what the engine spark needs.
set -eu

missing=
case "${1:-}" in
  venv) missing=python3-venv ;;
  java) command -v java >/dev/null 2>&1 || missing=openjdk-17-jre-headless ;;
  *)
    command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
    [ -n "$(find /usr/share/fonts -iname 'NotoSansCJK*' -print -quit 2>/dev/null)" ] || missing="$missing fonts-noto-cjk"
    command -v node >/dev/null 2>&1 || command -v nodejs >/dev/null 2>&1 || missing="$missing nodejs" ;;
esac
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then as_root=; else as_root="sudo -n"; fi
if command -v apt-get >/dev/null 2>&1 && $as_root true 2>/dev/null; then
  # shellcheck disable=SC2086 # both are lists of words
  if $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -qq -y --no-install-recommends $missing >/dev/null; then
    exit 0
  fi
fi
echo "Needed: $missing. Install them with your package manager, then run this again." >&2
exit 1
