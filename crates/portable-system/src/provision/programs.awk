# Prints which links belong in folders of programs, from what dpkg knows of this machine.
# Arguments: the files of alternatives, "--", then two for each folder: its path and the names of
# packages. Lines, with tabs: "folder <path>", then "link <path>" for each program of the packages,
# and "choice <link> <file>" for a link that belongs to a package if it leads to that file now.
function read_status(    line, at, key, value, name) {
  while ((getline line < "/var/lib/dpkg/status") > 0) {
    if (line !~ /^(Package|Status|Source|Architecture|Depends|Pre-Depends): /) continue
    at = index(line, ": "); key = substr(line, 1, at - 1); value = substr(line, at + 2)
    if (key == "Package") { name = value; source[name] = name }
    else if (key == "Status") { if (value ~ / installed$/) installed[name] = 1 }
    else if (key == "Source") { sub(/ .*/, "", value); source[name] = value }
    else if (key == "Architecture") architecture[name] = value
    else depends[name] = depends[name] "," value
  }
}
# The path with /usr before /bin and /sbin, which are links to those below /usr.
function usr(path) { if (path ~ /^\/s?bin\//) return "/usr" path; return path }
function read_choices(    i, file, line, n, k, slaves, slave, path) {
  for (i = 1; i < first; i++) {
    file = ARGV[i]; slaves = 0
    if ((getline line < file) <= 0) continue
    if ((getline line < file) <= 0) continue
    slave[0] = line
    while ((getline line < file) > 0 && line != "") {
      if ((getline line < file) <= 0) break
      slave[++slaves] = line
    }
    while ((getline path < file) > 0 && path != "") {
      choose(slave[0], path)
      getline line < file
      for (k = 1; k <= slaves; k++) if ((getline line < file) > 0) choose(slave[k], line)
    }
    close(file)
  }
}
function choose(link, path) {
  if (usr(link) ~ /^\/usr\/s?bin\/[^\/]+$/ && path != "") {
    choice_link[++choices] = link; choice_path[choices] = path
  }
}
function add_package(name,    file, line, only_documents, n, i, others, other) {
  if ((folder, name) in added || !(name in installed)) return
  added[folder, name] = 1
  file = "/var/lib/dpkg/info/" name ".list"
  if ((getline line < file) < 0) {
    file = "/var/lib/dpkg/info/" name ":" architecture[name] ".list"
    if ((getline line < file) < 0) return
  }
  only_documents = 1
  do {
    line = usr(line)
    if (line ~ /^\/usr\/s?bin\/[^\/]+$/) print "link\t" line
    if (line !~ /^(\/\.|\/usr|\/usr\/share|\/usr\/share\/(doc|lintian|bug)(\/.*)?)$/) only_documents = 0
    owned[folder, line] = 1
  } while ((getline line < file) > 0)
  close(file)
  n = split(depends[name], others, /[,|]/)
  for (i = 1; i <= n; i++) {
    other = others[i]; sub(/^ +/, "", other); sub(/[ :(].*/, "", other)
    # Its programs may be in another package of the same source; a package of no files is all
    # that it depends on.
    if (only_documents || source[other] == source[name]) waiting[++last] = other
  }
}
BEGIN {
  for (first = 1; first < ARGC && ARGV[first] != "--"; first++);
  read_status(); read_choices()
  for (at = first + 1; at < ARGC; at += 2) {
    folder = ARGV[at]; print "folder\t" folder
    last = split(ARGV[at + 1], waiting, / /)
    for (i = 1; i <= last; i++) add_package(waiting[i])
    for (i = 1; i <= choices; i++) if ((folder, usr(choice_path[i])) in owned)
      print "choice\t" choice_link[i] "\t" choice_path[i]
  }
}
