/** What the API answers when it refuses: Discord's codes and shapes, since clients decide by them. */

/** Thrown by a route; the server makes `{message, code, errors?}` of it. */
export class ApiFailure extends Error {
  /** HTTP. */
  readonly status: number
  /** Discord's own; 0 where there is only the status. */
  readonly code: number
  /** Which fields are wrong, and how. */
  readonly errors: object | undefined

  constructor(status: number, code: number, message: string, errors?: object) {
    super(message)
    this.name = 'ApiFailure'
    this.status = status
    this.code = code
    this.errors = errors
  }
}

export type FailureName =
  | 'notFound'
  | 'notAllowed'
  | 'unauthorized'
  | 'unknownApplication'
  | 'unknownChannel'
  | 'unknownGuild'
  | 'unknownMember'
  | 'unknownMessage'
  | 'unknownUser'
  | 'unknownEmoji'
  | 'unknownWebhook'
  | 'unknownInteraction'
  | 'unknownCommand'
  | 'tooManyReactions'
  | 'tooLarge'
  | 'alreadyAnswered'
  | 'missingAccess'
  | 'inDirectChat'
  | 'notOwn'
  | 'empty'
  | 'cannotSend'
  | 'missingPermissions'
  | 'invalidRecipients'
  | 'invalidToken'
  | 'wrongVersion'
  | 'archived'
  | 'badJson'
  | 'noMutualGuilds'
  | 'hasThread'
  | 'noHistory'
  | 'locked'

const KNOWN: Readonly<Record<FailureName, readonly [status: number, code: number, message: string]>> = {
  notFound: [404, 0, '404: Not Found'],
  notAllowed: [405, 0, '405: Method Not Allowed'],
  unauthorized: [401, 0, '401: Unauthorized'],
  unknownApplication: [404, 10_002, 'Unknown Application'],
  unknownChannel: [404, 10_003, 'Unknown Channel'],
  unknownGuild: [404, 10_004, 'Unknown Guild'],
  unknownMember: [404, 10_007, 'Unknown Member'],
  unknownMessage: [404, 10_008, 'Unknown Message'],
  unknownUser: [404, 10_013, 'Unknown User'],
  unknownEmoji: [400, 10_014, 'Unknown Emoji'],
  unknownWebhook: [404, 10_015, 'Unknown Webhook'],
  unknownInteraction: [404, 10_062, 'Unknown interaction'],
  unknownCommand: [404, 10_063, 'Unknown application command'],
  tooManyReactions: [400, 30_010, 'Maximum number of reactions reached (20)'],
  tooLarge: [413, 40_005, 'Request entity too large'],
  alreadyAnswered: [400, 40_060, 'Interaction has already been acknowledged.'],
  missingAccess: [403, 50_001, 'Missing Access'],
  inDirectChat: [403, 50_003, 'Cannot execute action on a DM channel'],
  notOwn: [403, 50_005, 'Cannot edit a message authored by another user'],
  empty: [400, 50_006, 'Cannot send an empty message'],
  cannotSend: [403, 50_007, 'Cannot send messages to this user'],
  missingPermissions: [403, 50_013, 'Missing Permissions'],
  invalidRecipients: [400, 50_033, 'Invalid Recipient(s)'],
  invalidToken: [401, 50_027, 'Invalid Webhook Token'],
  wrongVersion: [400, 50_041, 'Invalid API version provided'],
  archived: [400, 50_083, 'Thread is archived'],
  badJson: [400, 50_109, 'The request body contains invalid JSON.'],
  noMutualGuilds: [403, 50_278, 'Cannot send messages to this user due to having no mutual guilds'],
  hasThread: [400, 160_004, 'A thread has already been created for this message'],
  noHistory: [400, 160_002, 'Cannot reply without permission to read message history'],
  locked: [403, 160_005, 'Thread is locked'],
}

export function fail(name: FailureName): ApiFailure {
  return new ApiFailure(...KNOWN[name])
}

/** 50035: one field is wrong. @param path `content`, `components.0.components.1.custom_id`, … */
export function invalid(path: string, code: string, message: string): ApiFailure {
  const leaf: object = { _errors: [{ code, message }] }
  const errors = path.split('.').reduceRight((inner, name) => ({ [name]: inner }), leaf)
  return new ApiFailure(400, 50_035, 'Invalid Form Body', errors)
}

export function tooLong(path: string, most: number): ApiFailure {
  return invalid(path, 'BASE_TYPE_MAX_LENGTH', `Must be ${most} or fewer in length.`)
}
