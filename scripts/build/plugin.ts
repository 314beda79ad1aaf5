/** Builds one plugin's folder, whole: an install copies that folder and nothing else, and builds nothing. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildPage } from '../../plugins/fakechat/page/build.ts'
import { bundle, bundledFiles, renderLauncher } from './bundle.ts'
import { fillHooks } from './hooks.ts'
import { renderNotices } from './notices.ts'
import { ROOT } from './paths.ts'
import { readCommands } from './program-commands.ts'
import { planSlashCommands, renderSkill, type SlashCommand } from './slash-commands.ts'
import { readVersion } from './version.ts'

interface Prepared {
  readonly define: Record<string, string>
  /** Files that went into what is defined. */
  readonly inputs: readonly string[]
  /** Modules in place of others. */
  readonly alias?: Record<string, string>
}

/** `ws` looks for native add-ons, and Bun would fetch them from the registry at the first page. */
const WS_ALONE = { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"' }

/** What a plugin's bundle needs besides its code. */
const PREPARATIONS: Record<string, () => Promise<Prepared>> = {
  discord: async () => ({
    // Where the file of its workers lies, of which there are none; a CommonJS file has no such address.
    define: { ...WS_ALONE, 'import.meta.url': '"file:///server.cjs"' },
    inputs: [],
    // Its build for browsers takes the platform's `fetch`; the one for Node brings a client of half a megabyte along.
    alias: { '@discordjs/rest': join(ROOT, 'node_modules/@discordjs/rest/dist/web.mjs') },
  }),
  fakechat: async () => {
    const { text, metafile } = await buildPage()
    return { define: { __PAGE_HTML__: JSON.stringify(text), ...WS_ALONE }, inputs: bundledFiles(metafile) }
  },
}

export async function fillPlugin(name: string, target: string): Promise<void> {
  const source = join(ROOT, 'plugins', name)
  await cp(join(source, 'plugin'), target, { recursive: true })
  await cp(join(source, 'README.md'), join(target, 'README.md'))
  await cp(join(ROOT, 'LICENSE'), join(target, 'LICENSE'))
  await setVersion(join(target, '.claude-plugin/plugin.json'))
  await writeFile(join(target, 'start.cjs'), await renderLauncher(name, "require('./server.cjs')"))
  const { define, inputs, alias = {} }: Prepared = (await PREPARATIONS[name]?.()) ?? { define: {}, inputs: [] }
  const served = await bundle({
    entryPoints: [join(source, 'src/index.ts')],
    outfile: join(target, 'server.cjs'),
    // CommonJS: the ESM namespace of node:http alone would cost a channel 22 ms and 13 MB.
    format: 'cjs',
    define,
    alias,
  })
  const commands = planSlashCommands(name, await readCommands(join(target, 'start.cjs')), await readOwn(source))
  for (const command of commands) {
    await mkdir(join(target, 'skills', command.name), { recursive: true })
    await writeFile(join(target, 'skills', command.name, 'SKILL.md'), await renderSkill(name, command))
  }
  const hooked = await fillHooks(name, commands, target)
  const notices = await renderNotices([...inputs, ...served, ...hooked])
  if (notices !== undefined) await writeFile(join(target, 'THIRD-PARTY-LICENSES.txt'), notices)
}

/** Slash commands that only this channel has. */
async function readOwn(source: string): Promise<readonly SlashCommand[]> {
  try {
    return JSON.parse(await readFile(join(source, 'claude-code.json'), 'utf8')).commands
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return []
    throw thrown
  }
}

async function setVersion(manifest: string): Promise<void> {
  const { name, ...rest } = JSON.parse(await readFile(manifest, 'utf8'))
  await writeFile(manifest, `${JSON.stringify({ name, version: await readVersion(), ...rest }, null, 2)}\n`)
}
