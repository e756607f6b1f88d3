# SPDX-License-Identifier: GPL-2.0-or-later
# What the CI files do, one thing a line, with tabs between the fields:
#
#   JOB parallel N		so many at a time
#   JOB run COMMAND
#   JOB keep NAME PATH		an artifact; GitLab's have no name
#   JOB fetch PATTERN PATH	of artifacts of other jobs
#
# It knows the YAML that these files are written in, and no more.

function value(text) {
	sub(/^[^:]*: */, "", text)
	return text
}
BEGIN { OFS = "\t" }
/^ *#/ { next }

# GitLab: jobs are at the left, commands and paths are lists.
FILENAME !~ /github/ && /^[a-z]/ { job = $1; sub(/:$/, "", job); list = "" }
FILENAME !~ /github/ && /^  [a-z_]*:/ { list = ""; part = $1 }
FILENAME !~ /github/ && /^  (before_script|script|after_script):$/ { list = "run" }
FILENAME !~ /github/ && /^  parallel: / { print job, "parallel", $2 }
FILENAME !~ /github/ && part == "artifacts:" && /^    [a-z]*:$/ {
	list = $1 == "paths:" ? "keep" : ""
}
FILENAME !~ /github/ && part == "artifacts:" && /^      junit: / { print job, "keep", "-", $2 }
FILENAME !~ /github/ && list == "run" && /^    - / { print job, "run", substr($0, 7) }
FILENAME !~ /github/ && list == "keep" && /^      - / { print job, "keep", "-", $2 }

# GitHub: jobs are two to the right, a step is a list of its own.
FILENAME ~ /github/ && /^  [a-z]+:$/ { job = $1; sub(/:$/, "", job) }
FILENAME ~ /github/ && /^        shard: / {
	print job, "parallel", gsub(/[0-9]+/, "&")
}
FILENAME ~ /github/ && /^      - / { uses = $3; name = "" }
FILENAME ~ /github/ && /^      - run: / { print job, "run", value($0) }
FILENAME ~ /github/ && /^          (name|pattern): / { name = value($0) }
FILENAME ~ /github/ && /^          path: / && uses ~ /upload/ {
	print job, "keep", name, value($0)
}
FILENAME ~ /github/ && /^          path: / && uses ~ /download/ {
	print job, "fetch", name, value($0)
}
