/** Typed reading of parsed JSON: every refusal names the file, the field, what was expected and what came. */
import { BackchannelError, isRecord } from '@backchannel/protocol'
import { describe, quote } from '../text/quote.ts'
import type { JsonSource } from './read.ts'

/** One place in a JSON file. Members are own properties only, so `__proto__` is a name like any other. */
export class JsonField {
  readonly value: unknown
  /** `limits.burst`, `plugins[2].name`; empty for the whole file. */
  readonly path: string
  readonly #source: JsonSource

  constructor(value: unknown, source: JsonSource, path = '') {
    this.value = value
    this.path = path
    this.#source = source
  }

  get present(): boolean {
    return this.value !== undefined
  }

  record(expected = 'an object'): Record<string, unknown> {
    if (!isRecord(this.value)) throw this.refuse(expected)
    return this.value
  }

  member(key: string): JsonField {
    const record = this.record()
    const name = /^[\w$-]{1,60}$/.test(key) ? key : quote(key)
    const path = this.path === '' ? name : `${this.path}.${name}`
    return new JsonField(Object.hasOwn(record, key) ? record[key] : undefined, this.#source, path)
  }

  items(expected = 'a list'): readonly JsonField[] {
    if (!Array.isArray(this.value)) throw this.refuse(expected)
    return this.value.map((item, index) => new JsonField(item, this.#source, `${this.path}[${index}]`))
  }

  string(expected = 'a string'): string {
    if (typeof this.value !== 'string') throw this.refuse(expected)
    return this.value
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') throw this.refuse('true or false')
    return this.value
  }

  oneOf<const Value extends string>(values: readonly Value[]): Value {
    const found = values.find((value) => value === this.value)
    if (found === undefined) throw this.refuse(`one of ${values.map((value) => `"${value}"`).join(', ')}`)
    return found
  }

  /** A whole number from 1 to `maximum`. */
  count(maximum: number): number {
    const { value } = this
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > maximum)
      throw this.refuse(`a whole number from 1 to ${maximum}`)
    return value
  }

  refuse(expected: string, got: string = describe(this.value), hint?: string): BackchannelError {
    const what = this.path === '' ? 'the file must hold' : `${this.path} must be`
    return new BackchannelError(this.#source.code, `${this.#source.file}: ${what} ${expected}, got ${got}.`, {
      hint: hint ?? (this.path === '' ? 'Correct it and start again.' : `Correct ${this.path} and start again.`),
    })
  }
}
