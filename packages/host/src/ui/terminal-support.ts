/** Whether the interactive terminal can run, decided without loading it. */

export interface TerminalCandidate {
  readonly stdin: { readonly isTTY?: boolean }
  readonly stdout: { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
}

/** True where both ends are a terminal that can move its cursor; elsewhere the plain renderer serves. */
export function supportsTerminal({ stdin, stdout, env }: TerminalCandidate): boolean {
  return stdin.isTTY === true && stdout.isTTY === true && env['TERM'] !== 'dumb'
}
