/** The end of what a command prints: bounded, however much comes, and the end is where errors are. */

import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

export interface OutputTail {
  /** Adds what the stream prints from now on, in the order in which it comes. */
  follow(stream: Readable): void
  /** The last characters, after a line that says how many were left out. */
  text(): string
}

export function createOutputTail(characters: number): OutputTail {
  const pieces: string[] = []
  let kept = 0
  let dropped = 0
  const add = (piece: string) => {
    pieces.push(piece)
    kept += piece.length
    for (;;) {
      const [first = ''] = pieces
      if (kept - first.length < characters) return
      pieces.shift()
      kept -= first.length
      dropped += first.length
    }
  }
  return {
    follow(stream) {
      const decoder = new StringDecoder('utf8')
      stream.on('data', (bytes: Buffer) => add(decoder.write(bytes)))
      stream.on('end', () => add(decoder.end()))
    },
    text() {
      const whole = pieces.join('')
      const tail = whole.slice(-characters).toWellFormed()
      const left = dropped + whole.length - tail.length
      return left === 0 ? tail : `… (${left} characters left out)\n${tail}`
    },
  }
}
