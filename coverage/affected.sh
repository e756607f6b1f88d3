#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# affected.sh [TREE TESTS]: the tests that run what CHANGE touches, by the
# last make coverage, one a line; says on standard error how many and why.
#
# AFFECTED	a file with a patch; or commits, A or A..B, of KERNEL, or else of
#		TREE, the private copy, where the series is
# TESTS		a file with the names of all tests, one a line; default: those of this clone
# COVERAGE_DATA	where make coverage left its data
#
# A change is looked up in the source as it was then: the lines that it replaces,
# or if these are not there, those that it brings, wherever they are. What has no
# line of its own counts for the function around it. Whatever is not known, a
# file, a header, a declaration, a line that nothing runs, means all tests; and tests
# whose data is lost, or that did not run then or did not pass, are always among them.
. "$(dirname "$0")/lib.sh"

change=${AFFECTED:-}
[ -n "$change" ] || die "AFFECTED= names a commit or a file with a patch"
[ -z "${T:-}" ] || die "say T= or AFFECTED=, not both"
top=$(cd "$(dirname "$0")/.." && pwd -P)
data=${COVERAGE_DATA:-$top/build/coverage/data}
[ -f "$data/tests.lines" ] && [ -f "$data/unsure" ] ||
	die "AFFECTED=$change: there is no coverage data to tell what it" \
		"affects; run make coverage first, or all tests: make check"
work=$(mktemp -d "${TMPDIR:-/tmp}/affected.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ $# = 2 ]; then
	tree=$1
	cp "$2" "$work/tests"
else
	tree=$("$top/uml-config/prepare.sh")
	"$top/build/tests/runner" --list \
		--tests="$top/build/tests/guest-tests" | awk '{ print $1 }' \
		>"$work/tests"
fi

if [ -f "$change" ]; then
	cp "$change" "$work/diff"
else
	repo=$tree
	[ ! -e "${KERNEL:-}/.git" ] || repo=$KERNEL
	set -- -p -r --no-ext-diff --no-textconv --no-color --no-renames
	case $change in
	-*) false ;;
	*..*) series_git diff "$@" "$change" -- ;;
	*) series_git diff-tree "$@" --root -m --first-parent --format= \
		"$change^{commit}" -- ;;
	esac >"$work/diff" 2>"$work/errors" || die "AFFECTED=$change is neither a" \
		"patch file nor a commit of $repo"
fi
grep -q '^@@ \|^Binary \|^rename \|^GIT binary ' "$work/diff" ||
	die "AFFECTED=$change: there is no change in it"

awk -v data="$data" -v list="$work/tests" '
	function all(why) {
		if (reason == "")
			reason = why
	}
	# read_source(f): its lines, as they were when the data was made.
	function read_source(f,		name, text) {
		if (f in size)
			return
		size[f] = 0
		name = data "/source/" f
		while ((getline text <name) > 0)
			src[f, ++size[f]] = text
		close(name)
	}
	function there(f, block, n, at,		i) {
		if (at < 1 || at + n - 1 > size[f])
			return 0
		for (i = 1; i <= n; i++)
			if (src[f, at + i - 1] != block[i])
				return 0
		return 1
	}
	# place(): where these lines are, if that is in one place only; or 0.
	function place(f, block, n,		i, at) {
		if (!n)
			return 0
		for (i = 1; i <= size[f]; i++) {
			if (!there(f, block, n, i))
				continue
			if (at)
				return 0
			at = i
		}
		return at + 0
	}
	function hit(f, line) {
		if (!((f, line) in runs))
			return 0
		hits[f, line] = 1
		return 1
	}
	# The function that @line is in: between its first line and its last.
	function around(f, line,	i, fn) {
		for (i = line; i > 0; i--)
			if ((f, i) in in_function)
				break
		if (i < 1)
			return 0
		fn = in_function[f, i]
		if (last[f, fn] < line)
			return 0
		for (i = first[f, fn]; i <= last[f, fn]; i++)
			if (hit(f, i))
				hit_any = 1
		return hit_any
	}
	# inside(): are both of these lines, one after the other, in one function?
	function inside(f, to, from) {
		while (to > 0 && !((f, to) in in_function))
			to--
		while (from <= size[f] && !((f, from) in in_function))
			from++
		return (f, to) in in_function && (f, from) in in_function && \
			in_function[f, to] == in_function[f, from]
	}
	function no_code(text) {
		return text ~ /^[ \t]*$/ || text ~ /^[ \t]* \*([ \/].*)?$/ || \
			text ~ /^[ \t]*\/\*[^*]*(\*\/[ \t]*)?$/
	}
	# touch(): lines from..to are changed; from > to: between them something
	# comes in.
	function touch(f, from, to,	i, ok, code) {
		hit_any = 0
		if (from > to) {
			if (harmless)
				return
			if (!inside(f, to, from)) {
				all(f ":" to ": something between functions")
				return
			}
			ok = 0
			if ((f, to) in in_function && (f, from) in in_function && \
			    in_function[f, to] == in_function[f, from])
				ok = hit(f, to) + hit(f, from)
			if (ok < 2 && !around(f, to) && !around(f, from))
				all(f ":" to ": nothing known runs around it")
			return
		}
		for (i = from; i <= to; i++) {
			if (src[f, i] ~ /^[ \t]*$/)
				continue
			code = 1
			# Comments begin a line, outside of functions.
			if (!hit(f, i) && !around(f, i) && src[f, i] !~ /^( \*|\/\*)/)
				all(f ":" i ": nothing known runs it")
		}
		if (!code && !around(f, from))
			all(f ":" from ": nothing known runs around it")
	}
	# One hunk is read: where is it, and what is changed there?
	function finish(	at, i, k, sign, begun, old, new, olds, news) {
		if (!n)
			return
		if (!(file in wanted)) {
			all(file " has no coverage data")
			n = 0
			return
		}
		if (file ~ /\.h$/) {
			all(file ": not all that includes it is measured")
			n = 0
			return
		}
		read_source(file)
		olds = news = 0
		for (i = 1; i <= n; i++) {
			if (substr(hunk[i], 1, 1) != "+")
				old[++olds] = substr(hunk[i], 2)
			if (substr(hunk[i], 1, 1) != "-")
				new[++news] = substr(hunk[i], 2)
		}
		sign = "-"
		at = olds && there(file, old, olds, old_at) ? old_at : 0
		if (!at && news && there(file, new, news, new_at)) {
			sign = "+"
			at = new_at
		}
		if (!at)
			at = place(file, old, olds)
		if (!at) {
			sign = "+"
			at = place(file, new, news)
		}
		if (!at) {
			all(file ": where the code around line " old_at \
				" was is not clear")
			n = 0
			return
		}
		# A run of changed lines; those of the other side take no place.
		begun = 0
		harmless = 1
		for (i = 1; i <= n + 1; i++) {
			k = i <= n ? substr(hunk[i], 1, 1) : " "
			if (k == " ") {
				if (begun)
					touch(file, begun, at - 1)
				begun = 0
				harmless = 1
				at++
			} else {
				if (!no_code(substr(hunk[i], 2)))
					harmless = 0
				if (!begun)
					begun = at
				if (k == sign)
					at++
			}
		}
		n = 0
	}
	BEGIN {
		FS = "\t"
		while ((getline <(data "/files")) > 0)
			wanted[$1] = 1
		while ((getline <(data "/all.lines")) > 0) {
			if ($3 > 0)
				runs[$1, $2] = 1
			in_function[$1, $2] = $4
			if (!(($1, $4) in first))
				first[$1, $4] = $2
			last[$1, $4] = $2 + 0
		}
	}
	/^diff --git / { finish(); file = ""; left = right = 0; next }
	left > 0 || right > 0 {
		k = substr($0, 1, 1)
		if (k == "\\")
			next
		if (k != "+")
			left--
		if (k != "-")
			right--
		hunk[++n] = k == "" ? " " : $0
		next
	}
	/^--- / { finish(); from = $1; sub(/^--- /, "", from)
		sub(/^[^\/]*\//, "", from); next }
	/^\+\+\+ / {
		file = $1
		sub(/^\+\+\+ /, "", file)
		# What is removed has its old name only.
		file = file == "/dev/null" ? from : substr(file, index(file, "/") + 1)
		next
	}
	/^@@ / {
		finish()
		if (!match($0, /^@@ -[0-9]+(,[0-9]+)? \+[0-9]+(,[0-9]+)? @@/))
			next
		split(substr($0, RSTART, RLENGTH), part, " ")
		left = right = 1
		if (split(substr(part[2], 2), at, ",") > 1)
			left = at[2]
		old_at = at[1]
		if (split(substr(part[3], 2), at, ",") > 1)
			right = at[2]
		new_at = at[1]
		left += 0; right += 0; old_at += 0; new_at += 0
		next
	}
	/^Binary |^GIT binary |^rename / { all("it is more than changes of lines") }
	END {
		finish()
		while ((getline <(data "/unsure")) > 0)
			known[$1] = run[$1] = "unsure"
		while ((getline <(data "/tests.lines")) > 0) {
			if (!($1 in known))
				known[$1] = "sure"
			if ($1 in run && $1 != "boot")
				continue
			k = split($3, range, " ")
			for (i = 1; i <= k; i++) {
				split(range[i], r, ":")
				m = split(r[1], ends, "-")
				for (j = ends[1]; j <= ends[m]; j++)
					if (($2, j + 0) in hits)
						run[$1] = "hit"
			}
		}
		for (key in hits)
			touched++
		if (run["boot"] == "hit")
			all("it is run at boot")
		if (!touched)
			all("nothing known runs it")
		while ((getline <list) > 0) {
			total++
			if (!($1 in known))
				run[$1] = "new"
			if (reason != "" || run[$1] != "") {
				print $1
				chosen++
				if (run[$1] != "hit")
					others++
			}
		}
		if (reason != "")
			why = reason
		else
			why = chosen - others " run the " touched " lines, " \
				others + 0 " without data"
		print "affected: " chosen + 0 " of " total + 0 " tests: " why \
			>"/dev/stderr"
	}' "$work/diff"
