# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after series-index.sh: makes each prefix of a series a series of its own. DIR is the
# directory that make_prefixes fills: in it, SLOT/ is the series up to that slot, all/
# has the patches. PLAN is what series_plan printed.

# slots PLAN: all of them, in order, a line each.
slots()
{
	sed -n 's/ \(patch\|empty\) .*//p' "$1"
}

# series_of DIR SLOT: what SERIES must say for the patches up to it.
series_of()
{
	if [ -d "$1/$2" ]; then
		echo "$1/$2"
	else
		echo none
	fi
}

# make_prefixes SERIES PLAN DIR. The patches are copied: the user may edit them meanwhile.
# Each prefix has the fixes of SERIES; if there are any, so has 0000, the series of none.
make_prefixes()
{
	from=$1
	shift
	rm -rf "$2"
	mkdir -p "$2/all"
	give_fixes "$from" "$2/0000"
	while read -r slot kind path; do
		[ "$kind" = patch ] || continue
		name=${path##*/}
		case $name in
		"$slot"-*.patch) ;;
		*) name=$slot-${name%.patch}.patch ;;
		esac
		# (No blanks: they are words of lists.)
		cp "$path" "$2/all/$(echo "$name" | tr ' \t' '--')"
	done <"$1"
	so_far=
	for slot in $(slots "$1"); do
		for patch in "$2/all/$slot"-*; do
			[ ! -e "$patch" ] || so_far="$so_far ${patch##*/}"
		done
		[ -n "$so_far" ] || continue
		mkdir "$2/$slot"
		give_fixes "$from" "$2/$slot"
		# shellcheck disable=SC2086
		(cd "$2/all" && ln $so_far "$2/$slot")
		awk -v slot="$slot" '$2 != "patch" && $1 + 0 <= slot + 0' "$1" \
			>"$2/$slot/index"
	done
}
