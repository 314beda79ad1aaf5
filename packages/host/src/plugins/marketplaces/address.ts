/** Reads what stands after `marketplace add`: a folder, a git URL, or `owner/repo`; and refuses what git would misread. */
import { homedir } from 'node:os'
import { isAbsolute, resolve } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import { quote } from '../../text/quote.ts'
import { hideCredentials } from './credentials.ts'
import type { MarketplaceSource } from './source.ts'

/** What is fetched: where it is, which branch or tag, and what opens the door. */
export interface Address {
  readonly source: Exclude<MarketplaceSource, { kind: 'builtin' }>
  readonly ref?: string
  /** `user:password` of an HTTP URL. Kept apart from the URL, so that it is in no message and no argument. */
  readonly credentials?: string
}

const SHORT = /^([A-Za-z0-9][\w-]*\/[A-Za-z0-9_][\w.-]*?)(?:\.git)?(?:[@#](.+))?$/
const SCP = /^([A-Za-z0-9_][\w.-]*)@([A-Za-z0-9][\w.-]*):(?!\/\/)([^\s\0#]+)(?:#(.+))?$/
const LONGEST = 2_000

/**
 * @param isFolder says whether a path leads to a folder: one that is there is meant before `owner/repo`
 * @throws BackchannelError `marketplace-refused`
 */
export function parseAddress(text: string, cwd: string, isFolder: (path: string) => boolean): Address {
  if (text.length > LONGEST || /[\0-\x1f\x7f]/.test(text)) throw refuse(text, 'is no address')
  if (/^(\.{1,2}|~)?(?:[/\\]|$)|^\.{1,2}$|^[A-Za-z]:[/\\]/.test(text)) return folder(text, cwd)
  if (/^[A-Za-z][\w+.-]*::/.test(text)) throw refuse(text, 'names a helper program of git')
  if (text.includes('://')) return parseUrl(text)
  if (!text.startsWith('-') && isFolder(resolve(cwd, text))) return folder(text, cwd)
  const [, user, host, path, branch] = SCP.exec(text) ?? []
  if (user !== undefined && path !== undefined && !path.startsWith('-'))
    return { source: { kind: 'git', url: `${user}@${host}:${path}` }, ...ref(branch) }
  const [, repository, tag] = SHORT.exec(text) ?? []
  if (repository !== undefined) return { source: { kind: 'github', repository }, ...ref(tag) }
  throw refuse(text, 'is neither a folder, nor a git URL, nor owner/repo')
}

/** The repository of a git URL, without the forms that are only shorthand. @throws BackchannelError `marketplace-refused` */
export function parseGitAddress(text: string): Address {
  const address = text.includes('://') || SCP.test(text) ? parseAddress(text, '/', () => false) : undefined
  if (address === undefined || address.source.kind === 'folder') throw refuse(text, 'is no git URL')
  return address
}

/** True for what only this machine can reach: a marketplace from elsewhere has no business naming it. */
export function isLocal(source: MarketplaceSource): boolean {
  return source.kind === 'folder' || (source.kind === 'git' && /^(file|http):/i.test(source.url))
}

/** What git is given for it. */
export function gitUrl(source: Address['source']): string {
  if (source.kind === 'github') return `https://github.com/${source.repository}.git`
  return source.kind === 'git' ? source.url : source.path
}

/** A branch or tag. @throws BackchannelError `marketplace-refused` */
export function checkRef(text: string): string {
  const isSound = /^[A-Za-z0-9_][\w./+-]{0,199}$/.test(text) && !/\.\.|\/\/|\/\.|\.lock(?:\/|$)|[./]$/.test(text)
  if (isSound) return text
  throw new BackchannelError('marketplace-refused', `${quote(text)} is not the name of a branch or tag.`, {
    hint: 'Write one after "@" or "#", for example acme/plugins@v2.',
  })
}

function parseUrl(text: string): Address {
  const [address = '', branch] = text.split('#', 2)
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined) throw refuse(text, 'is no URL')
  const isNowhere = url.protocol !== 'file:' && url.hostname === ''
  if (isNowhere || /^\/*$/.test(url.pathname)) throw refuse(text, 'names no repository')
  if (url.search !== '') throw refuse(text, 'has a query, which no repository needs')
  if (/\.(json|zip|tgz|tar\.gz)$/i.test(url.pathname))
    throw refuse(text, 'is a file, and a marketplace is fetched as a whole repository')
  if (url.hostname.startsWith('-') || /^\/*(?:-|%2d)/i.test(url.pathname))
    throw refuse(text, 'begins with a dash where git would take it for an option')
  switch (url.protocol) {
    case 'https:':
      return withCredentials(url, branch)
    case 'http:':
      if (/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)) return withCredentials(url, branch)
      throw refuse(text, 'is read without encryption, so anyone on the way could change it', 'Use https.')
    case 'ssh:':
      if (url.password !== '') throw refuse(text, 'holds a password, which ssh does not take', 'Use an ssh key.')
      return { source: { kind: 'git', url: plain(url) }, ...ref(branch) }
    case 'file:':
      return { source: { kind: 'git', url: plain(url) }, ...ref(branch) }
    default:
      throw refuse(text, `uses ${quote(url.protocol)}, which is not taken`)
  }
}

function withCredentials(url: URL, branch: string | undefined): Address {
  const credentials = `${decode(url.username)}:${decode(url.password)}`
  url.username = ''
  url.password = ''
  const [, repository] = /^https:\/\/github\.com\/([\w-]+\/[\w.-]+?)(?:\.git)?\/?$/i.exec(url.href) ?? []
  const source = repository === undefined ? { kind: 'git' as const, url: plain(url) } : github(repository)
  return { source, ...ref(branch), ...(credentials === ':' ? {} : { credentials }) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function github(repository: string): Address['source'] {
  return { kind: 'github', repository }
}

function plain(url: URL): string {
  return url.href.replace(/\/+$/, '')
}

function folder(text: string, cwd: string): Address {
  const path = /^~(?=[/\\]|$)/.test(text) ? homedir() + text.slice(1) : text
  return { source: { kind: 'folder', path: isAbsolute(path) ? path : resolve(cwd, path) } }
}

function ref(text: string | undefined): { ref?: string } {
  return text === undefined ? {} : { ref: checkRef(text) }
}

const FORMS = 'Write ./folder, owner/repo, owner/repo@branch, https://…, ssh://…, user@host:path or file:///….'

function refuse(text: string, why: string, hint = FORMS): BackchannelError {
  return new BackchannelError('marketplace-refused', `${quote(hideCredentials(text), 120)} ${why}.`, { hint })
}
