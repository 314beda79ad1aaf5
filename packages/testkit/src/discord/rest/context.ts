/** What a route is given, and the look-ups that every route makes in Discord's order: is it there, may you see it. */
import type { Application } from '../state/applications.ts'
import { may, type Permission } from '../state/permissions.ts'
import type { StoredChannel, StoredGuild, StoredMessage, Viewer, World } from '../state/world.ts'
import type { RequestBody } from '../wire/body.ts'
import { fail, invalid } from '../wire/failure.ts'
import type { Routed } from '../wire/server.ts'

export type Fields = Readonly<Record<string, unknown>>

export interface Context {
  readonly world: World
  readonly application: Application
  readonly request: Routed
  readonly body: RequestBody
  /** The body where it is an object, else an empty one. */
  readonly fields: Fields
  readonly viewer: Viewer
}

/** Undefined: 204. @throws ApiFailure */
export type Route = (context: Context) => unknown

export function createContext(world: World, application: Application, request: Routed, body: RequestBody): Context {
  const fields = isFields(body.json) ? body.json : {}
  const viewer = { userId: application.id, seesContent: application.intents.has('content') }
  return { world, application, request, body, fields, viewer }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An id of the path. */
export function idOf({ request }: Context, name: string): string {
  return request.parameters[name] ?? ''
}

/** @throws ApiFailure 10003, 50001, 50013 */
export function findChannel(context: Context, ...needed: readonly Permission[]): StoredChannel {
  const { world, application } = context
  const channel = world.channels.get(idOf(context, 'channel'))
  if (!channel || channel.isDeleted) throw fail('unknownChannel')
  if (!may(channel, application.id, 'ViewChannel')) throw fail('missingAccess')
  if (!needed.every((permission) => may(channel, application.id, permission))) throw fail('missingPermissions')
  return channel
}

/** What everybody in the channel can see. @throws ApiFailure 10008 */
export function findMessage(context: Context, channel: StoredChannel): StoredMessage {
  const message = channel.messages.get(idOf(context, 'message'))
  if (!message || message.isDeleted || message.onlyFor !== undefined) throw fail('unknownMessage')
  return message
}

/** @throws ApiFailure 10004 */
export function findGuild(context: Context): StoredGuild {
  const guild = context.world.guilds.get(idOf(context, 'guild'))
  if (!guild?.members.has(context.application.id)) throw fail('unknownGuild')
  return guild
}

/** A whole number of the query within bounds. @throws ApiFailure 50035 */
export function numberOf({ request }: Context, name: string, bounds: { min: number; max: number; or: number }): number {
  const given = request.query.get(name)
  if (given === null) return bounds.or
  const value = Number(given)
  if (!Number.isInteger(value)) throw invalid(name, 'NUMBER_TYPE_COERCE', `Value "${given}" is not int.`)
  if (value < bounds.min) {
    throw invalid(name, 'NUMBER_TYPE_MIN', `int value should be greater than or equal to ${bounds.min}.`)
  }
  if (value > bounds.max) {
    throw invalid(name, 'NUMBER_TYPE_MAX', `int value should be less than or equal to ${bounds.max}.`)
  }
  return value
}
