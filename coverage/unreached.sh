#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# unreached.sh DATA TREE LIST [full]: is every added line that did not run listed
# in LIST, and no other? A line that is listed but runs is an error; with "full",
# one that does not run and is not listed is one, too. The reasons go to
# DATA/reasons: FILE LINE REASON.
#
# LIST: paragraphs. Each begins with FILE FUNCTION, goes on with lines of that
# function, "|" before each, and ends with the reason. A line that is there twice
# is listed twice. Lines of # are comments. For some lines one compiler makes code
# and another none: that one is listed is no error then.
. "$(dirname "$0")/lib.sh"

data=$1 tree=$2 list=$3 full=${4:-}
awk -F '\t' -v OFS='\t' -v tree="$tree" '
	FILENAME ~ /added$/ { count[$1, $2] = $3; in_function[$1, $2] = $4; next }
	$3 == "edit" { next }
	{
		while (at[$1] < $2) {
			if ((getline text <(tree "/" $1)) <= 0)
				break
			at[$1]++
		}
		gsub(/[ \t]+/, " ", text)
		sub(/^ /, "", text)
		sub(/ $/, "", text)
		if (($1, $2) in count)
			print $1, $2, count[$1, $2], in_function[$1, $2], text
		else
			print $1, $2, "-", "-", text
	}' "$data/added" "$data/blame" >"$data/added.text"
awk -v list="$list" -v out="$data/reasons" -v full="$full" '
	function bad(what) {
		print "error: coverage: " what
		status = 1
	}
	function finish(	i) {
		if (head == "")
			return
		if (!texts)
			bad(list ": no line of code is listed for " head)
		if (reason == "")
			bad(list ": no reason is given for " head)
		for (i = 1; i <= texts; i++) {
			# The same line again is another one.
			n = ++count[head, text[i]]
			why[head, text[i], n] = reason
			keys[++all] = head SUBSEP text[i] SUBSEP n
		}
		head = reason = ""
		texts = 0
	}
	BEGIN {
		printf "" >out
		while ((got = (getline line <list)) > 0) {
			if (line ~ /^#/)
				continue
			gsub(/[ \t]+/, " ", line)
			sub(/ $/, "", line)
			if (line == "")
				finish()
			else if (head == "") {
				head = line
				if (line !~ /^[^ |]+ [A-Za-z_0-9]+$/)
					bad(list ": not FILE FUNCTION: " line)
			} else if (line ~ /^\|/) {
				sub(/^\| */, "", line)
				text[++texts] = line
			} else {
				sub(/^ /, "", line)
				reason = reason (reason == "" ? "" : " ") line
			}
		}
		if (got < 0)
			bad("cannot read " list)
		finish()
		FS = "\t"
	}
	$3 == "-" { no_code[$1, $5] = 1; next }
	{
		key = $1 " " $4
		known[key, $5] = 1
		if ($3 > 0)
			next
		n = ++seen[key, $5]
		if ((key, $5, n) in why) {
			print $1 "\t" $2 "\t" why[key, $5, n] >out
			used[key, $5, n] = 1
		} else if (full != "") {
			bad($1 ":" $2 ": does not run and is not listed in " \
				list ": " $5)
		}
	}
	END {
		for (i = 1; i <= all; i++) {
			if (keys[i] in used)
				continue
			split(keys[i], k, SUBSEP)
			split(k[1], head_of, " ")
			if ((head_of[1], k[2]) in no_code)
				continue
			bad(list ": " k[1] ": " (((k[1], k[2]) in known) ? \
				"listed, but it runs" : \
				"there is no such added line") ": " k[2])
		}
		exit status
	}' "$data/added.text" >&2
