# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by scripts that can do a share of their work, so that several machines do
# all of it: SHARD=2/3 is the second of three. Ends them if SHARD is wrong, and sets
# shard_number and shard_count. Without SHARD, all is one shard.
#
# The runner has its own way to choose (tests/runner/shard.c): it knows which tests
# can share a guest.

shard_number=${SHARD:-1/1}
shard_count=${shard_number#*/}
shard_number=${shard_number%%/*}
for shard_part in "$shard_number" "$shard_count"; do
	case $shard_part in
	'' | 0* | *[!0-9]* | ?????*) shard_number=2 shard_count=1 ;;
	esac
done
case ${SHARD:-1/1} in
*/*) ;;
*) shard_number=2 shard_count=1 ;;
esac
[ "$shard_number" -le "$shard_count" ] || {
	echo "error: SHARD=$SHARD is not a shard; say 1/3, 2/3 or 3/3 for a third each" >&2
	exit 1
}

# shard_range COUNT: sets shard_first and shard_last, the part of 1..COUNT that is
# this shard's. The last is less than the first if there is nothing for it.
shard_range()
{
	shard_first=$(($1 * (shard_number - 1) / shard_count + 1))
	shard_last=$(($1 * shard_number / shard_count))
}

# shard_words WORD...: prints those of this shard, neighbours.
shard_words()
{
	shard_range $#
	shard_at=0
	for shard_word; do
		shard_at=$((shard_at + 1))
		[ $shard_at -lt $shard_first ] || [ $shard_at -gt $shard_last ] ||
			printf '%s ' "$shard_word"
	done
}
