try() {
  local what=$1
  shift
  if ("$@") >/dev/null 2>&1; then echo "$what"; fi
}
