# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by make, before anything is built: ends it if SHARD is wrong. SHARD=2/3 is the second
# of three parts of the work. The programs that do it parse it again (tests/runner/shard-parse.c).

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
