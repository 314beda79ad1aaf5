/** Answers `initialize` with revision 2026-07-28, which can't carry events, and emits one all the same. */
import { sendEvent, serveRaw } from './raw.ts'

serveRaw({
  name: 'future-era',
  protocolVersion: '2026-07-28',
  initialized: () => void sendEvent({ content: 'from the future' }),
})
