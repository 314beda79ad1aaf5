/** The licence of every package that is bundled, as its licence asks: the text goes where the code goes. */
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'

interface Package {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly text: string
}

const LICENSE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i

/**
 * @param inputs the files that went into the bundles
 * @returns nothing where all of them are ours
 * @throws where a package has no licence text, or is under a licence that was never looked at
 */
export async function renderNotices(inputs: readonly string[]): Promise<string | undefined> {
  const folders = new Set(inputs.flatMap((input) => packageFolder(resolve(input)) ?? []))
  const packages = await Promise.all([...folders].map(readPackage))
  if (packages.length === 0) return undefined
  const sorted = packages.sort((one, other) =>
    `${one.name}@${one.version}`.localeCompare(`${other.name}@${other.version}`),
  )
  const list = sorted.map(({ name, version, license }) => `  ${name} ${version} (${license})`).join('\n')
  const texts = sorted.map(({ name, version, text }) => `${'-'.repeat(80)}\n${name} ${version}\n\n${text.trim()}\n`)
  return `This plugin holds code of these packages, each under its own licence:\n\n${list}\n\n${texts.join('\n')}`
}

/** The innermost package folder, links resolved by the bundler already; workspaces of ours have none. */
function packageFolder(input: string): string | undefined {
  const marker = `${sep}node_modules${sep}`
  const at = input.lastIndexOf(marker)
  if (at < 0) return undefined
  const names = input.slice(at + marker.length).split(sep)
  return input.slice(0, at + marker.length) + names.slice(0, names[0]?.startsWith('@') ? 2 : 1).join(sep)
}

async function readPackage(folder: string): Promise<Package> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const { name, version } = manifest
  // Older packages have a list of them.
  const license = manifest.license ?? manifest.licenses?.[0]?.type
  if (typeof license !== 'string' || !ALLOWED.has(license)) {
    throw new Error(
      `${name} ${version} is under ${JSON.stringify(license)}, which scripts/build/notices.ts does not list.`,
    )
  }
  const files = (await readdir(folder)).filter((file) => LICENSE_FILE.test(file)).sort()
  if (files.length === 0) return { name, version, license, text: renderMit(manifest, license) }
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  return { name, version, license, text: texts.map((text) => text.replaceAll('\r\n', '\n').trim()).join('\n\n') }
}

/** Some packages name the MIT licence and leave its text out; its terms are the same everywhere. */
function renderMit(manifest: { name: string; author?: unknown }, license: string): string {
  const { name, author } = manifest
  const holder = typeof author === 'object' && author !== null ? (author as { name?: unknown }).name : author
  if (license !== 'MIT' || typeof holder !== 'string') {
    throw new Error(`${name} comes without the text of its licence (${license}).`)
  }
  return `(The package names the MIT licence and its author, and comes without the text.)

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`
}

/** Licences whose terms this file meets. */
const ALLOWED: ReadonlySet<string> = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0'])
