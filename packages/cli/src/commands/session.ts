/** `backchannel [prompt]`: a session, and the help and version of the command. */
import { HOST_VERSION } from '@backchannel/host'
import { parseArguments } from '../options.ts'
import { type Places, runSession } from '../run-session.ts'

/** @returns the exit code */
export async function session(args: readonly string[], places: Places): Promise<number> {
  const given = parseArguments(args, HOST_VERSION)
  return 'exit' in given ? given.exit : await runSession(given, places)
}
