/** A one-way channel in ten lines: every HTTP request on port 8790 becomes an event of the session. */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { defineChannel, serve } from '@backchannel/channel'

const channel = defineChannel({
  name: 'alerts',
  version: '1.0.0',
  instructions:
    'Alerts arrive as <channel source="alerts" path="…">. They are one-way: act on them, no reply is expected.',
  start({ emit, log, signal }) {
    const server = createServer(async (request, response) => {
      await emit({ content: await text(request), meta: { path: request.url ?? '/' } })
      response.end('accepted\n')
    })
    server.listen({ port: Number(process.env['ALERTS_PORT'] ?? 8790), host: '127.0.0.1', signal })
    server.on('listening', () => log.info(`listening on ${JSON.stringify(server.address())}`))
  },
})

await serve(channel)
