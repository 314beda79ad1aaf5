/**
 * Keeps stdout for JSON-RPC from this import on. `serve` does the same, but a library that prints while it is imported
 * does so before `serve` can be called: put `import '@backchannel/channel/guard'` above it.
 */
import { guardStdout } from './stdio/guard.ts'

guardStdout()
