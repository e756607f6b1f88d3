#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# fill-in.sh NAME VALUE... -- COMMAND...: runs COMMAND, in each word of which
# @NAME@ stands for VALUE.
set -eu

names=0
while [ "$1" != -- ]; do
	names=$((names + 1))
	eval "name_$names=\$1 value_$names=\$2"
	shift 2
done
shift
for word; do
	shift
	i=0 name='' value=''
	while [ $i -lt $names ]; do
		i=$((i + 1))
		eval "name=@\$name_$i@ value=\$value_$i"
		case $word in
		*"$name"*) word=${word%%"$name"*}$value${word#*"$name"} ;;
		esac
	done
	set -- "$@" "$word"
done
exec "$@"
