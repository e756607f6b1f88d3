# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after series.sh: each prefix of a series as a series of its own. Wants
#
#	plan		file: the slots, see series.sh
#	slots		all of them, in order
#	prefixes	directory; make_prefixes() fills it: SLOT/ is the series
#			up to there, all/ the patches
#
# shellcheck disable=SC2154

# series_of SLOT: what SERIES must say for the patches up to it.
series_of()
{
	if [ -d "$prefixes/$1" ]; then
		echo "$prefixes/$1"
	else
		echo none
	fi
}

# before SLOT: the last slot before it that has a patch; 0000 if none has.
before()
{
	slot_before=0000
	for one in $slots; do
		[ "$one" != "$1" ] || break
		[ ! -f "$(patch_of "$one")" ] || slot_before=$one
	done
	echo "$slot_before"
}

# patch_of SLOT: its file.
patch_of()
{
	echo "$prefixes/all/$1"-*
}

# Copies: the user may edit while this runs.
make_prefixes()
{
	rm -rf "$prefixes"
	mkdir -p "$prefixes/all"
	while read -r slot kind path; do
		[ "$kind" = patch ] || continue
		name=${path##*/}
		case $name in
		"$slot"-*.patch) ;;
		*) name=$slot-${name%.patch}.patch ;;
		esac
		# (No blanks: they are words of lists.)
		name=$(echo "$name" | tr ' \t' '--')
		cp "$path" "$prefixes/all/$name"
	done <"$plan"
	so_far=
	for slot in $slots; do
		for patch in "$prefixes/all/$slot"-*; do
			[ ! -e "$patch" ] || so_far="$so_far ${patch##*/}"
		done
		[ -n "$so_far" ] || continue
		mkdir "$prefixes/$slot"
		# shellcheck disable=SC2086
		(cd "$prefixes/all" && ln $so_far "$prefixes/$slot")
		awk -v slot="$slot" '$2 != "patch" && $1 + 0 <= slot + 0' \
			"$plan" >"$prefixes/$slot/index"
	done
}
