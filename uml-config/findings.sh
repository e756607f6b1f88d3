# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after lib.sh: compares the warnings of compilers and checkers between two
# states of a tree.

# findings TREE <LOG: "FILE: warning: TEXT", paths relative to TREE, without
# lines and columns, which change with every edit above.
findings()
{
	sed -n 's#^\([^ :]*\):[0-9][0-9:]*: *\(\(warning\|error\): .*\)#\1: \2#p
		s#^\([^ ]*/\)\{0,1\}ld\(\.[a-z]*\)\{0,1\}: \(warning: .*\)#ld: \3#p
		s#^WARNING: modpost: #modpost: warning: #p' |
		sed "s#^[^ ]*/$(basename "$1")/##; s#^\./##"
}

# fresh OLD NEW: prints the findings in NEW that are not in OLD, both sorted. A finding
# that occurs more often in NEW is new, too.
fresh()
{
	comm -13 "$1" "$2"
}
