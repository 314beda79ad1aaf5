/** The program that stands in for `/usr/bin/osascript`: it hands what it was given to the fake Messages app and ends as that says. */
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

/** @returns the path of the program; its folder has nothing else in it, so it can go in front of `PATH`. */
export function writeProgram(directory: string, port: number): string {
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'osascript')
  writeFileSync(path, program(port))
  chmodSync(path, 0o755)
  return path
}
