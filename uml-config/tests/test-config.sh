#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What config.sh makes of the words of the kernel's merge_config.sh.
. "$(dirname "$0")/lib.sh"

mkdir -p "$TMP/tree/scripts/kconfig" "$TMP/out"
stub "$TMP/tree/scripts/kconfig/merge_config.sh" <<'END'
cat "$TMP/words"
exit "$(cat "$TMP/status")"
END
echo 0 >"$TMP/status"

config()
{
	run "$CONFIG_DIR/config.sh" "$TMP/tree" "$TMP/out" a.config b.config
}

echo "# merged configuration written" >"$TMP/words"
ok "a configuration that sticks" config

cat >"$TMP/words" <<'END'
Value requested for CONFIG_ZRAM not in final .config
Requested value:  CONFIG_ZRAM=y
Actual value:     

END
ok "an option that did not stick is an error" fails config
ok "that names it" said CONFIG_ZRAM=y
ok "and the fragments" said "a.config + b.config"

sed -i 's/^Actual.*/Actual value:     CONFIG_ZRAM=m/' "$TMP/words"
ok "so is one with another value" fails config
ok "which is said" said CONFIG_ZRAM=m

cat >"$TMP/words" <<'END'
Value requested for CONFIG_NET not in final .config
Requested value:  # CONFIG_NET is not set
Actual value:     

END
ok "an option that is to be off may as well not exist" config
sed -i 's/^Actual.*/Actual value:     CONFIG_NET=y/' "$TMP/words"
ok "but not be on" fails config
ok "which is said" said CONFIG_NET=y

echo "Kconfig:1: syntax error" >"$TMP/words"
echo 1 >"$TMP/status"
ok "a configuration that fails is an error" fails config
ok "with its reason" said "syntax error"
end
