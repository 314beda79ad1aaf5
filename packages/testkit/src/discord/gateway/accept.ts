/** A new socket of the gateway: hello, and what a login is told first. */
import type { WebSocket } from 'ws'
import { type Application, flagsOf } from '../state/applications.ts'
import { renderGuild } from '../state/guilds.ts'
import type { World } from '../state/world.ts'
import { openConnection } from './connection.ts'
import { GUILDS } from './intents.ts'
import type { Session } from './session.ts'

const VERSIONS = new Set(['9', '10'])

export function acceptSocket(
  world: World,
  socket: WebSocket,
  query: URLSearchParams,
  resumeUrl: string,
  findApplication: (token: string) => Application | undefined,
): void {
  if (!VERSIONS.has(query.get('v') ?? '')) {
    socket.close(4012)
    return
  }
  // Only plain JSON is spoken here.
  if (query.get('encoding') !== 'json' || query.has('compress')) {
    socket.close(4002)
    return
  }
  const ready = (application: Application, session: Session) => greet(world, application, session, resumeUrl)
  openConnection(socket, world, { findApplication, ready })
}

/** READY names the guilds; each follows with what is in it. */
function greet(world: World, application: Application, session: Session, resumeUrl: string): void {
  const own = [...world.guilds.values()].filter(({ members }) => members.has(application.id))
  session.dispatch('READY', {
    v: 10,
    user: { ...application.user, verified: true, mfa_enabled: false, email: null, flags: 0 },
    guilds: own.map(({ id }) => ({ id, unavailable: true })),
    session_id: session.id,
    resume_gateway_url: resumeUrl,
    session_type: 'normal',
    private_channels: [],
    relationships: [],
    shard: [0, 1],
    application: { id: application.id, flags: flagsOf(application), flags_new: String(flagsOf(application)) },
    _trace: [],
  })
  if ((session.intents & GUILDS) === 0) return
  for (const guild of own) session.dispatch('GUILD_CREATE', renderGuild(world, guild, application.id))
}
