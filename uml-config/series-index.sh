# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after lib.sh: finds the series, and reads its index. prepare.sh applies it.

# kernel_base TREE: prints its version as in 6.12, which is the name of its series.
kernel_base()
{
	while read -r name _ value; do
		case $name in
		VERSION) major=$value ;;
		PATCHLEVEL) echo "$major.$value" && return ;;
		esac
	done <"$1/Makefile"
}

# series_path TREE: prints the path of the series for TREE, or nothing.
series_path()
{
	case ${SERIES:-} in
	none) ;;
	'')
		version=$(kernel_base "$1")
		if [ -d "$CONFIG_DIR/series/$version" ]; then
			echo "$CONFIG_DIR/series/$version"
		else
			say "no series for $version; SERIES= names one"
		fi
		;;
	*)
		[ -e "$SERIES" ] || die "SERIES=$SERIES does not exist"
		echo "$SERIES"
		;;
	esac
}

# series_fixes SERIES DIR: prints the plan (see series_plan) of its directory "fixes". They
# come before the series, and are no part of it: fixes of bugs of the base.
series_fixes()
{
	[ -n "$1" ] && [ -L "$1/fixes" ] && [ ! -d "$1/fixes" ] &&
		die "$1/fixes is a dangling link: copy what it points to, or remove it"
	if [ -n "$1" ] && [ -d "$1/fixes" ]; then
		series_plan "$1/fixes" "$2"
	fi
}

# give_fixes SERIES DIR: DIR is a series with the same fixes.
give_fixes()
{
	if [ -n "$1" ] && [ -d "$1/fixes" ]; then
		mkdir -p "$2"
		cp -RL "$1/fixes" "$2/fixes"
	fi
}

# What hides the lines of a patch: base64, quoted-printable, and carriage returns.
ENCODED='^content-transfer-encoding: *[bq]'
RETURNS="$(printf '\r')\$"

# readable PATCH DIR: prints PATCH, or its copy in DIR without that.
readable()
{
	copy=$2/${1##*/}
	if grep -qi "$ENCODED" "$1"; then
		git mailinfo --quoted-cr=strip -k "$copy.body" "$copy.diff" <"$1" \
			>"$copy.info" || die "cannot decode $1"
		{
			sed -n 's/^Author: /From: /p' "$copy.info" | tr '\n' ' '
			sed -n 's/^Email: \(.*\)/<\1>/p' "$copy.info"
			sed -n -e '/^Subject: /p' -e '/^Date: /p' "$copy.info"
			echo
			cat "$copy.body" "$copy.diff"
		} >"$copy"
		rm "$copy.body" "$copy.diff" "$copy.info"
	elif grep -q "$RETURNS" "$1"; then
		tr -d '\r' <"$1" >"$copy"
	else
		copy=$1
	fi
	echo "$copy"
}

# list_patches SERIES DIR: prints the patch files in the order in which they apply.
# An mbox is split into DIR, and DIR.readable has what had to be decoded.
list_patches()
{
	rm -rf "$2" "$2.readable"
	mkdir -p "$2" "$2.readable"
	if [ -d "$1" ]; then
		find -L "$1" -maxdepth 1 -type f \
			\( -name '*.patch' -o -name '*.diff' \) | sort
	elif [ -n "$1" ]; then
		# mailsplit failed: discard the partial output; the caller reports it.
		git mailsplit -o"$2" "$1" >/dev/null 2>&1 || rm -f "$2"/*
		find "$2" -type f | sort
	fi >"$2.files"
	# Few series have such a patch, so look at all at once. (No pipe: an error must end us.)
	if tr '\n' '\0' <"$2.files" | xargs -0r grep -li -e "$ENCODED" -e "$RETURNS" |
		grep -q .; then
		while read -r patch; do
			readable "$patch" "$2.readable"
		done <"$2.files" >"$2.decoded"
		mv "$2.decoded" "$2.files"
	fi
	tr '\n' '\0' <"$2.files" | { xargs -0r grep -l -e '^+++ ' -e '^rename to ' || :; }
}

# series_plan SERIES DIR: prints the slots in order, as lines of
#	NNNN patch FILE
#	NNNN empty REASON
# and, after each patch, the entries of the index about it:
#	NNNN except TYPE REASON
#	NNNN gives CAPABILITY...
# A series without an index has no gaps and no entries.
series_plan()
{
	mkdir -p "$2"
	list_patches "$1" "$2/mbox" >"$2/patches"
	if [ -z "$1" ] || [ ! -f "$1/index" ]; then
		awk '{ printf "%04d patch %s\n", NR, $0 }' "$2/patches"
		return
	fi
	awk -v index_file="$1/index" -v patches="$2/patches" '
	function stop(text)
	{
		if (!stopped)
			print "error: " text >"/dev/stderr"
		stopped = 1
		exit 1
	}
	function bad(text)
	{
		stop(index_file ":" FNR ": " text)
	}
	# A slot has one entry of each kind.
	function note(what)
	{
		if ((slot, what) in seen)
			bad("second entry of this kind for slot " slot)
		seen[slot, what] = 1
	}
	BEGIN {
		top = 0
		while ((getline path <patches) > 0) {
			name = path
			sub(/.*\//, "", name)
			if (name !~ /^[0-9][0-9][0-9][0-9]-/)
				stop(path ": in a series with an index, patches" \
					" must be named NNNN-*.patch")
			slot = substr(name, 1, 4)
			if (slot in patch)
				stop("slot " slot " has two patches: " \
					patch[slot] " and " path)
			patch[slot] = path
			if (slot + 0 > top)
				top = slot + 0
		}
	}
	/^[ \t]*(#|$)/ { next }
	$1 !~ /^[0-9][0-9][0-9][0-9]$/ {
		bad("a line must begin with a slot of four digits")
	}
	{
		slot = $1 ""
		rest = $0
		sub(/^[ \t]*[^ \t]+[ \t]+[^ \t]+[ \t]*/, "", rest)
		if (slot + 0 > top)
			top = slot + 0
		if ($2 != "last" && $2 != "empty" && !(slot in patch))
			without[slot] = FNR
	}
	$2 == "last" {
		if (last)
			bad("the last slot is already set: " last)
		last = slot
		next
	}
	$2 == "empty" {
		note("empty")
		if (rest == "")
			bad("give a reason why slot " slot " is empty")
		empty[slot] = rest
		next
	}
	$2 == "except" {
		if ($3 !~ /^[A-Z][A-Z0-9_]*$/)
			bad("except needs a TYPE of checkpatch.pl and a reason")
		if (NF < 4)
			bad("give a reason for the exception " $3)
		note("except " $3)
		about[slot] = about[slot] slot " except " rest "\n"
		next
	}
	$2 == "gives" {
		if (rest == "" || rest ~ /[^a-z0-9 \t-]/)
			bad("gives needs names of capabilities, separated by blanks")
		note("gives")
		about[slot] = about[slot] slot " gives " rest "\n"
		next
	}
	{ bad("unknown keyword \"" $2 "\"; known: last empty except gives") }
	END {
		if (stopped)
			exit 1
		if ("0000" in patch)
			stop("the first slot is 0001; rename " patch["0000"])
		for (i = 1; i <= top; i++) {
			slot = sprintf("%04d", i)
			if (last && i > last + 0)
				stop(index_file ": slot " slot \
					" comes after the last one, " last)
			if ((slot in patch) && (slot in empty))
				stop(index_file ": slot " slot \
					" is not empty: " patch[slot])
			if (!(slot in patch) && !(slot in empty))
				stop(index_file ": slot " slot " has neither" \
					" a patch nor an \"empty\" entry with" \
					" a reason")
			if ((slot in empty) && (slot in without))
				stop(index_file ":" without[slot] ": slot " \
					slot " is empty")
			if (slot in patch)
				print slot " patch " patch[slot]
			else
				print slot " empty " empty[slot]
			printf "%s", about[slot]
		}
	}' "$1/index"
}

# series_patches <PLAN: the files.
series_patches()
{
	sed -n 's/^[0-9]* patch //p'
}

# series_gives <PLAN: the capabilities that a kernel with all of it must have,
# on one line.
series_gives()
{
	sed -n 's/^[0-9]* gives //p' | tr '\t' ' ' | tr -s ' ' '\n' |
		sort -u | paste -s -d ' ' -
}
