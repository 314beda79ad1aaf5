/** The routes of the fake, as Discord's documentation writes them. A path that is not here is answered with 404. */
import { fail } from '../wire/failure.ts'
import { refreshUrls } from './attachments.ts'
import * as channels from './channels.ts'
import * as commands from './commands.ts'
import type { Route } from './context.ts'
import * as interactions from './interactions.ts'
import * as messages from './messages.ts'
import * as reactions from './reactions.ts'
import * as users from './users.ts'

/** With the bot's token. */
const ROUTES: Readonly<Record<string, Route>> = {
  'GET /users/@me': users.getMe,
  'GET /users/@me/guilds': users.listOwnGuilds,
  'GET /users/:user': users.getUser,
  'GET /applications/@me': users.getApplication,
  'GET /oauth2/applications/@me': users.getApplication,
  'GET /guilds/:guild': users.getGuild,
  'GET /guilds/:guild/roles': users.listRoles,
  'GET /guilds/:guild/members/:user': users.getMember,
  'GET /guilds/:guild/channels': channels.listGuildChannels,
  'GET /guilds/:guild/threads/active': channels.listActiveThreads,
  'POST /users/@me/channels': channels.openDirect,
  'GET /channels/:channel': channels.getChannel,
  'PATCH /channels/:channel': channels.changeChannel,
  'POST /channels/:channel/typing': messages.startTyping,
  'GET /channels/:channel/threads/archived/public': channels.listArchivedThreads,
  'POST /channels/:channel/threads': channels.createThread,
  'POST /channels/:channel/messages/:message/threads': channels.createThreadFromMessage,
  'PUT /channels/:channel/thread-members/@me': channels.joinThread,
  'GET /channels/:channel/messages': messages.listMessages,
  'POST /channels/:channel/messages': messages.createMessage,
  'GET /channels/:channel/messages/:message': messages.getMessage,
  'PATCH /channels/:channel/messages/:message': messages.editMessage,
  'DELETE /channels/:channel/messages/:message': messages.deleteMessage,
  'PUT /channels/:channel/messages/:message/reactions/:emoji/@me': reactions.addReaction,
  'DELETE /channels/:channel/messages/:message/reactions/:emoji/@me': reactions.removeReaction,
  'DELETE /channels/:channel/messages/:message/reactions/:emoji/:user': reactions.removeReaction,
  'GET /channels/:channel/messages/:message/reactions/:emoji': reactions.listReactions,
  'POST /attachments/refresh-urls': refreshUrls,
  'GET /applications/:application/commands': commands.listCommands,
  'PUT /applications/:application/commands': commands.overwriteCommands,
  'POST /applications/:application/commands': commands.createCommand,
  'DELETE /applications/:application/commands/:command': commands.deleteCommand,
  'GET /applications/:application/guilds/:guild/commands': commands.listCommands,
  'PUT /applications/:application/guilds/:guild/commands': commands.overwriteCommands,
  'POST /applications/:application/guilds/:guild/commands': commands.createCommand,
  'DELETE /applications/:application/guilds/:guild/commands/:command': commands.deleteCommand,
}

export type TokenRoute = (context: interactions.TokenContext) => unknown

/** With the token of an interaction in the path. */
const TOKEN_ROUTES: Readonly<Record<string, TokenRoute>> = {
  'POST /interactions/:interaction/:token/callback': interactions.answerInteraction,
  'POST /webhooks/:application/:token': interactions.followUp,
  'GET /webhooks/:application/:token/messages/:message': interactions.getAnswer,
  'PATCH /webhooks/:application/:token/messages/:message': interactions.editAnswer,
  'DELETE /webhooks/:application/:token/messages/:message': interactions.deleteAnswer,
}

const GATEWAY_ROUTES = ['GET /gateway', 'GET /gateway/bot'] as const

export type FoundRoute =
  | { readonly kind: 'bot'; readonly run: Route }
  | { readonly kind: 'token'; readonly run: TokenRoute }
  | { readonly kind: 'gateway' }

export interface RoutedPath {
  readonly route: string
  readonly parameters: Readonly<Record<string, string>>
}

interface Pattern {
  readonly route: string
  readonly method: string
  /** One that opens with a colon stands for anything. */
  readonly segments: readonly string[]
}

const PATTERNS: readonly Pattern[] = [...Object.keys(ROUTES), ...Object.keys(TOKEN_ROUTES), ...GATEWAY_ROUTES].map(
  (route) => {
    const [method = '', path = ''] = route.split(' ')
    return { route, method, segments: path.split('/') }
  },
)

/** @throws ApiFailure 404, 405 */
export function findRoute(method: string, path: string): RoutedPath {
  // Clients may write `%40me` for `@me`.
  const segments = path.replace(/\/$/, '').split('/').map(decode)
  const fitting = PATTERNS.filter((pattern) => isFitting(pattern.segments, segments))
  const found = fitting.find((pattern) => pattern.method === method)
  if (!found) throw fail(fitting.length === 0 ? 'notFound' : 'notAllowed')
  const named = found.segments.flatMap((segment, at) => {
    return segment.startsWith(':') ? [[segment.slice(1), segments[at] ?? ''] as const] : []
  })
  return { route: found.route, parameters: Object.fromEntries(named) }
}

function isFitting(pattern: readonly string[], segments: readonly string[]): boolean {
  if (pattern.length !== segments.length) return false
  return pattern.every((segment, at) => (segment.startsWith(':') ? segments[at] !== '' : segment === segments[at]))
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    throw fail('notFound')
  }
}

export function openRoute(route: string): FoundRoute {
  const run = Object.hasOwn(ROUTES, route) ? ROUTES[route] : undefined
  if (run) return { kind: 'bot', run }
  const token = Object.hasOwn(TOKEN_ROUTES, route) ? TOKEN_ROUTES[route] : undefined
  return token ? { kind: 'token', run: token } : { kind: 'gateway' }
}
