# The report as a page. Each string that comes into it is escaped by `@html`.
def mark: if .well then "well" else "bad" end;

def unit:
  @html "<li class=\"\(mark)\"><span class=\"state\">\(.state)</span>
<span class=\"unit\">\(.name)</span>",
  (if .detail != "" then @html " <span class=\"detail\">\(.detail)</span>" else empty end),
  (if .description != "" then @html "<p>\(.description)</p>" else empty end),
  (if .since != null then
    @html "<p>since <time>\(.since | todate)</time></p>"
  else empty end),
  "</li>";

def feature:
  @html "<section><h2>\(.name)</h2>",
  (if .summary != "" then @html "<p>\(.summary)</p>" else empty end),
  (if .units == [] then "<p>It has no units.</p>" else "<ul>", (.units[] | unit), "</ul>" end),
  "</section>";

(.features | map(select(.well | not)) | length) as $wrong
| @html "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<title>\(.host): \(if .well then "all is well" else "not all is well" end)</title>
<style>",
  $style,
  @html "</style>
</head>
<body>
<header><h1>\(.host)</h1>
<p>\(.system), \(.architecture)</p>
</header>
<main>
<p class=\"\(mark) sum\">",
  (if .features == [] then "No feature is shown here."
   elif .well then "All is well."
   else "Not well: \($wrong) of \(.features | length) features." end),
  "</p>",
  (.features[] | feature),
  @html "</main>
<footer><p>As of <time>\(.time | todate)</time></p></footer>
</body>
</html>"
