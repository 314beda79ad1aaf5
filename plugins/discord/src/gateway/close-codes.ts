/** What each way in which the gateway ends a connection means: go on, begin anew, or stop and say what the operator has to do. */

/** https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway */
export type Ending =
  /** Go on with the same session. */
  | { readonly next: 'resume' }
  /** Discord has no such session any more. */
  | { readonly next: 'identify' }
  | { readonly next: 'unauthorized'; readonly words: string }
  | { readonly next: 'failed'; readonly words: string }

/** Where an operator finds the switches of a bot. @param botId of the application, where it is known */
export function portalPage(botId: string | undefined): string {
  return `https://discord.com/developers/applications${botId === undefined ? '' : `/${botId}/bot`}`
}

export function judgeClose(code: number, botId: string | undefined): Ending {
  switch (code) {
    case 4004:
      return {
        next: 'unauthorized',
        words: 'the token is not valid (4004); it may have been reset in the Developer Portal',
      }
    // The position in the session is none, or the session is too old.
    case 4007:
    case 4009:
      return { next: 'identify' }
    case 4010:
      return { next: 'failed', words: 'Discord refuses the shard (4010)' }
    case 4011:
      return {
        next: 'failed',
        words: 'the bot is in so many servers that Discord asks for shards (4011), which this channel has not',
      }
    case 4012:
      return {
        next: 'failed',
        words: 'Discord knows version 10 of its gateway no more (4012); a newer version of the plugin is needed',
      }
    case 4013:
      return {
        next: 'failed',
        words: `Discord does not know the intents that were asked for (4013); ${switchOn(botId)}`,
      }
    case 4014:
      return { next: 'failed', words: `Discord does not allow the bot to read messages (4014): ${switchOn(botId)}` }
    default:
      return { next: 'resume' }
  }
}

function switchOn(botId: string | undefined): string {
  return `switch on "Message Content Intent" under Privileged Gateway Intents at ${portalPage(botId)} and save it, then start the session again`
}
