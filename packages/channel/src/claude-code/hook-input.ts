/** Reads what Claude Code sends a hook. */

/** Beyond it the rest is not read: a hook has seconds, and what is written into a file may be large. */
const MOST_UNITS = 32_000_000

/** Calls back once, at the end of stdin or where it is too long. */
export function readStdin(done: (text: string) => void): void {
  const { stdin } = process
  const parts: string[] = []
  let length = 0
  let called = false
  const end = () => {
    if (called) return
    called = true
    done(parts.join(''))
  }
  stdin.setEncoding('utf8')
  stdin.on('data', (part: string) => {
    if (called) return
    parts.push(part)
    length += part.length
    if (length <= MOST_UNITS) return
    end()
    stdin.destroy()
  })
  stdin.on('end', end)
  stdin.on('error', end)
}
