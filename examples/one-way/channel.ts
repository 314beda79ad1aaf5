/** A one-way channel in ten lines: what is POSTed to http://localhost:8790 becomes an event of the session. */
import { defineChannel, serve } from '@backchannel/channel'
import { receiveRequests } from '@backchannel/channel/http'

const channel = defineChannel({
  name: 'alerts',
  version: '1.0.0',
  instructions: 'Alerts arrive as <channel source="alerts" path="…">. Look into them; nobody reads a reply.',
  async start({ emit, log, signal }) {
    const address = { port: 8790, variable: 'ALERTS_PORT', signal }
    const url = await receiveRequests(address, ({ path, body }) => emit({ content: body, meta: { path } }))
    log.info(`listening on ${url}`)
  },
})

await serve(channel)
