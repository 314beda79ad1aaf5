/** What the demo agent understands (docs/demo-agent.md). */

export type DemoRequest =
  | { readonly kind: 'list' }
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  | { readonly kind: 'wait'; readonly seconds: number }
  | DemoQuestion
  | { readonly kind: 'other' }

export interface DemoQuestion {
  readonly kind: 'ask'
  readonly question: string
  readonly choices: readonly string[]
  readonly multiple: boolean
}

/** To the end of the message: a command may have several lines, and so may a text. */
const RUN = /(?:^|\s)run:[^\S\n]*([\s\S]*\S)/i
const WRITE = /(?:^|\s)write\s+(?:"([^"\n]+)"|'([^'\n]+)'|`([^`\n]+)`|([^\s:]+)):[^\S\n]?([\s\S]*)/i
/** `ask: QUESTION | A | B`; `ask several:` takes more than one. */
const ASK = /(?:^|\s)ask( several)?:[^\S\n]*([\s\S]*\S)/i
const READ = /(?:^|\s)read\s+(?:"([^"\n]+)"|'([^'\n]+)'|`([^`\n]+)`|(\S+))/i
const LIST = /what['’]?s in my working directory|\bls\b/i
const WAIT = /(?:^|\s)wait\s+(\d{1,6}(?:\.\d{1,3})?)(?![\w.])/i
/** Of a sentence that ends with the path. */
const PUNCTUATION = /(?<=\w)[.,;:!?)]+$/

/** The first match in this order counts; everything else is answered with what was received. */
export function parseDemoRequest(text: string): DemoRequest {
  const run = RUN.exec(text)
  if (run?.[1] !== undefined) return { kind: 'run', command: run[1] }
  const write = WRITE.exec(text)
  if (write) {
    const [, double, single, back, bare = '', content = ''] = write
    return { kind: 'write', path: double ?? single ?? back ?? bare, text: content }
  }
  const ask = ASK.exec(text)
  if (ask?.[2] !== undefined) {
    const [question = '', ...choices] = ask[2].split('|').map((part) => part.trim())
    return { kind: 'ask', question, choices: choices.filter((choice) => choice !== ''), multiple: ask[1] !== undefined }
  }
  const read = READ.exec(text)
  if (read) {
    const [, double, single, back, bare = ''] = read
    return { kind: 'read', path: double ?? single ?? back ?? bare.replace(PUNCTUATION, '') }
  }
  if (LIST.test(text)) return { kind: 'list' }
  const wait = WAIT.exec(text)
  if (wait) return { kind: 'wait', seconds: Number(wait[1]) }
  return { kind: 'other' }
}
