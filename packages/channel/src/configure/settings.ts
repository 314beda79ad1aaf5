/** What a channel says of its settings, so that the kit can ask for them, keep them and show them. */

export interface SecretSetting {
  /** The word after `/NAME:configure`: `token`. */
  readonly name: string
  /** The variable that holds it, in `.env` or in the environment: `TELEGRAM_BOT_TOKEN`. */
  readonly variable: string
  /** What to give and where it comes from, in a few words: `The token that @BotFather gave you`. */
  readonly ask: string
  /** What is wrong with its form; never with the secret in it. */
  readonly problem?: (secret: string) => string | undefined
  /**
   * Asks the platform whose it is: `ok` with who that is, or why it refuses it. Whatever it throws means that it could
   * not be asked, and the secret is kept all the same.
   */
  readonly check?: (secret: string, signal: AbortSignal) => Promise<{ readonly ok: boolean; readonly text: string }>
}

export interface ConfigureSettings {
  /** The channel's state directory; `.env` is in it. */
  readonly directory: string
  readonly secrets?: readonly SecretSetting[]
  /** Further lines for the status, such as the port. @throws what is told in the status */
  readonly status?: () => readonly string[] | Promise<readonly string[]>
}
