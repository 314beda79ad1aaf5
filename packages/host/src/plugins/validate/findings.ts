/** What is wrong with a plugin or a marketplace, all of it: an author corrects a list, not one mistake after another. */
import { BackchannelError, nearest, renderError } from '@backchannel/protocol'
import { quote } from '../../text/quote.ts'

export interface Finding {
  /** With an error it cannot be used; a warning says what is probably not meant. */
  readonly level: 'error' | 'warning'
  /** File, field, what was expected and what came. */
  readonly message: string
}

export class Findings {
  readonly #list: Finding[] = []

  get list(): readonly Finding[] {
    return this.#list
  }

  get failed(): boolean {
    return this.#list.some(({ level }) => level === 'error')
  }

  error(message: string): void {
    this.#add('error', message)
  }

  warn(message: string): void {
    this.#add('warning', message)
  }

  /** What `check` throws is an error of the plugin; a fault of ours goes on. */
  readonly attempt = (check: () => void): void => {
    try {
      check()
    } catch (thrown) {
      this.#take(thrown)
    }
  }

  async attemptAsync<Result>(check: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await check()
    } catch (thrown) {
      this.#take(thrown)
      return undefined
    }
  }

  /** Keys that nobody reads are probably misspelt. */
  warnUnknown(file: string, prefix: string, keys: readonly string[], known: readonly string[]): void {
    for (const key of keys) {
      if (known.includes(key)) continue
      const meant = nearest(key, known)
      this.warn(
        `${file}: ${quote(prefix + key)} is not known and is ignored.${meant === undefined ? '' : ` Did you mean "${prefix}${meant}"?`}`,
      )
    }
  }

  #take(thrown: unknown): void {
    if (!BackchannelError.is(thrown)) throw thrown
    // "… and start again" is advice for a session.
    this.error(renderError(thrown).replace(/ Correct [^ ]+ and start again\.$/, ''))
  }

  #add(level: Finding['level'], message: string): void {
    if (!this.#list.some((one) => one.level === level && one.message === message)) this.#list.push({ level, message })
  }
}
