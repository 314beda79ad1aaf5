/**
 * Foreign text on its way to a terminal. Channel messages, names, tool output and file names are hostile: none of them
 * may move the cursor, recolour the screen, set the title, turn the reading direction or hide letters.
 */
import { truncateToWidth } from './width.ts'

/** How a newline is shown where only one line is. */
export const NEWLINE_MARK = ' ⏎ '
const REPLACEMENT = '\ufffd'
/** More marks than this on one letter climb into the lines above and below. */
const MARKS_ON_A_LETTER = 8

/**
 * Whole escape sequences, so that their parameters don't stay behind as litter: CSI, then the strings (OSC, DCS, SOS, PM, APC)
 * up to their end, then the short ones. No part can match what its neighbour does: time is linear in the text.
 */
const ESCAPE_SEQUENCE =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]/g
const LINE_BREAK = /\r\n|[\n\r\v\f\x85\u2028\u2029]/g
const CONTROL = /[^\P{Cc}\n\t]/gu
/** Direction overrides, tags, fillers, joiners, variation selectors, byte order marks: nothing to see. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu
const STACKED_MARKS = new RegExp(`(\\p{M}{${MARKS_ON_A_LETTER}})\\p{M}+`, 'gu')
const JOINERS = new Set(['\u200c', '\u200d'])
const STYLES = new Set(['\ufe0e', '\ufe0f'])
const PICTURE = /(?:\p{Emoji}|\ufe0f)$/u
const PICTURE_NEXT = /^\p{Extended_Pictographic}/u
/** Scripts in which a joiner changes how the word is written. */
const JOINING_SCRIPT =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}]$/u

/** Keeps the lines; tabs become spaces, and everything that could drive the terminal or hide is gone. */
export function sanitizeText(text: string): string {
  // Printable ASCII and newlines need no work: most text there is.
  if (/^[\n\x20-\x7e]*$/.test(text)) return text
  return text
    .toWellFormed()
    .replace(ESCAPE_SEQUENCE, '')
    .replace(LINE_BREAK, '\n')
    .replace(CONTROL, REPLACEMENT)
    .replaceAll('\t', '    ')
    .replace(INVISIBLE, keepMeaningful)
    .replace(STACKED_MARKS, '$1')
}

/** One line, `columns` wide at most; newlines inside become ` ⏎ `, those at the ends are left out. */
export function sanitizeLine(text: string, columns: number): string {
  // What lies far behind the cut is never looked at, so that a megabyte costs no more than a line.
  const start = text.slice(0, 8 * columns + 64)
  const line = sanitizeText(start)
    .replace(/^\n+|\n+$/g, '')
    .replace(/ *\n[ \n]*/g, NEWLINE_MARK)
  const cut = truncateToWidth(line, columns)
  return start.length < text.length && cut === line ? truncateToWidth(`${line}…`, columns) : cut
}

/** Joiners and variation selectors stay where they make an emoji or write a word; nowhere else. */
function keepMeaningful(character: string, at: number, whole: string): string {
  const before = whole.slice(Math.max(0, at - 2), at)
  if (STYLES.has(character)) return /\p{Emoji}$/u.test(before) ? character : ''
  if (!JOINERS.has(character)) return ''
  if (JOINING_SCRIPT.test(before)) return character
  const joinsPictures = character === '\u200d' && PICTURE.test(before) && PICTURE_NEXT.test(whole.slice(at + 1, at + 3))
  return joinsPictures ? character : ''
}
