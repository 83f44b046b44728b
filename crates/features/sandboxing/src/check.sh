wrong=0
for service in "${services[@]}"; do
  state=$(systemctl show --property=LoadState --value -- "$service")
  files=$(systemctl show --property=DropInPaths --value -- "$service")
  if [[ $state == masked ]]; then
    continue
  elif [[ $state != loaded ]]; then
    echo "$service is not on this machine ($state): its profile confines nothing" >&2
    wrong=1
  elif [[ $files != */zz-domi-* ]]; then
    echo "$service does not have its profile" >&2
    wrong=1
  fi
done
exit "$wrong"
