/**
 * Emits one event, `alive as PID`, after `initialized`, and kills itself with SIGKILL when its tool `crash` is called;
 * with `CRASH=now` as soon as its tools are listed: before that, it would not have started at all.
 */
import { sendEvent, serveRaw } from './raw.ts'

const crash = () => {
  process.kill(process.pid, 'SIGKILL')
  return 'not reached'
}

serveRaw({
  name: 'crashes-after',
  tools: { crash },
  initialized() {
    sendEvent({ content: `alive as ${process.pid}` })
  },
  listed() {
    if (process.env['CRASH'] === 'now') process.stdout.write('', crash)
  },
})
