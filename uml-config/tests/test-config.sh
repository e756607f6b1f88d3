#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What config.sh makes of the words of the kernel's merge_config.sh, and of alternatives
# in the fragments.
. "$(dirname "$0")/lib.sh"

mkdir -p "$TMP/tree/scripts/kconfig" "$TMP/tree/arch/arm" "$TMP/tree/arch/um" "$TMP/out"
stub "$TMP/tree/scripts/kconfig/merge_config.sh" <<'END'
cat "$TMP/words"
exit "$(cat "$TMP/status")"
END
echo 0 >"$TMP/status"
echo "CONFIG_ZRAM=y" >"$TMP/a.config"
echo "# CONFIG_NET is not set" >"$TMP/b.config"

config()
{
	run "$CONFIG_DIR/config.sh" "$TMP/tree" "$TMP/out" "$TMP/a.config" "$TMP/b.config"
}

echo "# merged configuration written" >"$TMP/words"
ok "a configuration that sticks" config

cat >"$TMP/words" <<'END'
Value requested for CONFIG_ZRAM not in final .config
Requested value:  CONFIG_ZRAM=y
Actual value:     

END
bad "an option that did not stick is an error" "CONFIG_ZRAM=y: unknown here ($TMP/a.config:1)" \
	config
ok "and the fragments" said "a.config + b.config"
printf 'config ZRAM\n\tbool\n' >"$TMP/tree/arch/arm/Kconfig"
bad "another architecture has it" "CONFIG_ZRAM=y: unknown here" config
printf 'menuconfig  ZRAM\n\tbool\n' >"$TMP/tree/arch/um/Kconfig.zram"
bad "it exists, but cannot be set" "CONFIG_ZRAM=y: what it depends on is not there" config

sed -i 's/^Actual.*/Actual value:     CONFIG_ZRAM=m/' "$TMP/words"
bad "so is one with another value" "CONFIG_ZRAM=y: is CONFIG_ZRAM=m" config

cat >"$TMP/words" <<'END'
Value requested for CONFIG_NET not in final .config
Requested value:  # CONFIG_NET is not set
Actual value:     

END
ok "an option that is to be off may as well not exist" config
sed -i 's/^Actual.*/Actual value:     CONFIG_NET=y/' "$TMP/words"
bad "but not be on" "# CONFIG_NET is not set: is CONFIG_NET=y ($TMP/b.config:1)" config

echo "Kconfig:1: syntax error" >"$TMP/words"
echo 1 >"$TMP/status"
bad "a configuration that fails is an error" "syntax error" config

# From here on, what $TMP/unmet lists does not stick.
stub "$TMP/tree/scripts/kconfig/merge_config.sh" <<'END'
shift 3
cat "$@" >"$TMP/merged"
grep -xFf "$TMP/unmet" "$TMP/merged" | while read -r line; do
	printf 'Requested value:  %s\nActual value:     \n' "$line"
done
END
merged()
{
	grep -v '^#' "$TMP/merged" | paste -s -d ' ' - >"$TMP/output"
	grep -qx "$1" "$TMP/output"
}
: >"$TMP/unmet"
echo 'CONFIG_OLD=y | CONFIG_NEW=y' >"$TMP/a.config"
echo 'CONFIG_X=y' >"$TMP/b.config"
printf 'config NEW\n' >"$TMP/tree/Kconfig"
ok "of alternatives, the one that exists" config
ok "is asked for" merged 'CONFIG_NEW=y CONFIG_X=y'
printf 'config OLD\nconfig NEW\n' >"$TMP/tree/Kconfig"
ok "if there are two" config
ok "it is the first" merged 'CONFIG_OLD=y CONFIG_X=y'
echo CONFIG_OLD=y >"$TMP/unmet"
ok "one that does not stick" config
ok "is replaced by the next" merged 'CONFIG_NEW=y CONFIG_X=y'
echo CONFIG_NEW=y >>"$TMP/unmet"
bad "if none sticks, that is an error" "CONFIG_OLD=y: what it depends on is not there" config
: >"$TMP/tree/Kconfig"
bad "so it is if none exists" "CONFIG_OLD=y: unknown here ($TMP/a.config:1)" config
echo 'CONFIG_OLD=y | gone' >"$TMP/a.config"
ok "an option that may be gone" config
ok "is not asked for" merged 'CONFIG_X=y'
printf 'config OLD\n' >"$TMP/tree/Kconfig"
bad "but has to stick where it exists" "CONFIG_OLD=y: what it depends on is not there" config
echo CONFIG_X=y >"$TMP/unmet"
ok "another option that does not stick, in a later round" fails config
ok "is named, too" said "CONFIG_X=y: unknown here ($TMP/b.config:1)"
end
