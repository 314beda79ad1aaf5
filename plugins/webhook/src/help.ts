/** The page behind a click on the address: what to send, and where the answers come out. */

/** @param origin as the reader reached it, such as `http://localhost:8788`. */
export function renderHelp(origin: string): string {
  return `Backchannel webhook: what you POST here reaches the running agent session.

  curl -d "build failed on main" ${origin}/ci

The path is passed on; name what is sending: /ci, /deploy, /cron?job=backup.
To read what the agent replies:

  curl -N ${origin}/events
`
}
