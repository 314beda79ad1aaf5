/** The programs that stand in for those of macOS: `osascript` hands what it was given to the fake Messages app and ends as that says. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Bash, because it starts in a few milliseconds and can open a connection by itself. The script comes by `-e`, in a file, or by stdin where
 * there is neither or the file is `-`, as with the real one.
 */
const program = (port: number): string => `#!/bin/bash
# Stands in for osascript in tests: the script and its arguments go to the fake Messages app on loopback.
given=("$@")
statements=no
while [ $# -gt 0 ]; do
  case "$1" in
    -e) statements=yes; shift 2 ;;
    -l | -s) shift 2 ;;
    -i) shift ;;
    *) break ;;
  esac
done
script=''
if [ $statements = no ] && { [ $# -eq 0 ] || [ "$1" = - ]; }; then IFS= read -r -d '' script; fi
{ exec 3<>/dev/tcp/127.0.0.1/${port}; } 2>/dev/null || {
  echo '0:0: execution error: Messages got an error: Application isn’t running. (-600)' >&2
  exit 1
}
printf '%s\\0' "$$" "\${#given[@]}" "\${given[@]}" "$script" >&3
IFS= read -r -d '' status <&3 || exit 137
IFS= read -r -d '' out <&3
IFS= read -r -d '' problem <&3
[ -n "$out" ] && printf '%s\\n' "$out"
[ -n "$problem" ] && printf '%s\\n' "$problem" >&2
exit "$status"
`

/** Stands in for `/usr/bin/sips -s format jpeg IN --out OUT`: what comes out begins as a JPEG does, and ends with what went in. */
const converter = `#!/bin/bash
# Stands in for sips in tests: nothing is converted, a JPEG's first bytes are put in front.
while [ $# -gt 0 ]; do
  case "$1" in
    -s | --setProperty | -Z | --resampleHeightWidthMax) shift; [ "$1" = format ] && shift; shift ;;
    -o | --out) out=$2; shift 2 ;;
    *) in=$1; shift ;;
  esac
done
if [ ! -r "$in" ]; then echo "Warning: $in not a valid file - skipping" >&2; echo 'Error 4: no file was specified' >&2; exit 4; fi
{ printf '\\xff\\xd8\\xff'; cat "$in"; } > "$out" || exit 13
echo "$in"
echo "  $out"
`

/** @returns the path of `osascript`; its folder has a `sips` too and nothing else, so it can go in front of `PATH`. */
export function writePrograms(directory: string, port: number): string {
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'osascript')
  for (const [file, text] of [
    [path, program(port)],
    [join(directory, 'sips'), converter],
  ] as const) {
    writeFileSync(file, text)
    chmodSync(file, 0o755)
  }
  return path
}
