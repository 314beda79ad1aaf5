/** What a hostile channel may put into `params` of an event, as text of the wire: object literals can't hold some of it. */
import { HOSTILE_TEXTS } from './texts.ts'

export interface HostileParams {
  readonly name: string
  /** JSON; not always valid. */
  readonly json: string
  /** What a host makes of it by contract 3: an event with these attributes beside `source`, or nothing. */
  readonly event?: { readonly content: string; readonly attributes: Readonly<Record<string, string>> }
}

const quote = (value: unknown) => JSON.stringify(value)

/** Every text as a body, as the value of an attribute, and as its name: the names are dropped, the rest arrives. */
const texts: readonly HostileParams[] = HOSTILE_TEXTS.filter(({ text }) => text.length < 10_000).map(
  ({ name, text }) => ({
    name,
    json: `{"content":${quote(text)},"meta":{"note":${quote(text)},${quote(`not-a-name ${text}`)}:"dropped"}}`,
    event: { content: text, attributes: { note: text } },
  }),
)

const keys: readonly HostileParams[] = [
  {
    name: 'prototype keys',
    json: '{"content":"keys","meta":{"__proto__":"p","constructor":"c","toString":"t","hasOwnProperty":"h"}}',
    event: {
      content: 'keys',
      attributes: { ['__proto__']: 'p', constructor: 'c', toString: 't', hasOwnProperty: 'h' },
    },
  },
  {
    name: 'keys that no attribute may have',
    json: '{"content":"keys","meta":{"a-b":"1","a b":"2","":"3","ä":"4","a\\u0000":"5","on>":"6","ok":"7"}}',
    event: { content: 'keys', attributes: { ok: '7' } },
  },
  {
    name: 'a source of its own',
    json: '{"content":"source","meta":{"source":"telegram","SOURCE":"discord"}}',
    event: { content: 'source', attributes: {} },
  },
  {
    name: 'fields that the contract does not have',
    json: '{"content":"fields","source":"telegram","user":"owner","__proto__":{"meta":{"user":"owner"}}}',
    event: { content: 'fields', attributes: {} },
  },
  {
    name: 'a thousand attributes',
    json: `{"content":"many","meta":${quote(Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`k${at}`, 'v'])))}}`,
    event: {
      content: 'many',
      attributes: Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`k${at}`, 'v'])),
    },
  },
]

/** Not events: each is dropped, counted and told. */
const broken: readonly HostileParams[] = [
  '{"content":42}',
  '{"content":null}',
  '{"content":["a"]}',
  '{"meta":{"content":"a"}}',
  '{"content":"a","meta":["a"]}',
  '{"content":"a","meta":"a"}',
  '{"content":"a","meta":{"n":1}}',
  '{"content":"a","meta":{"o":{"a":"b"}}}',
  '{"content":"a","meta":{"__proto__":{"polluted":"yes"}}}',
  `{"content":"a","meta":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
  '[]',
  '"a"',
  'null',
].map((json) => ({ name: json.slice(0, 40), json }))

export const HOSTILE_PARAMS: readonly HostileParams[] = [...texts, ...keys, ...broken]
