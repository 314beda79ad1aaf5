/** A real Chromium for tests: the one of an npm package on Linux x64, an installed Chrome elsewhere. */
import { type Browser, chromium } from 'playwright-core'

/** Starts a headless browser with an empty profile of its own, which goes when the browser is closed. */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return chromium.launch({ channel: 'chrome' })
  // It brings its own libraries, so that a machine without any browser will do. Its own arguments are not for us: they
  // switch off the security between origins that tests are about, and put all pages into one process.
  const { default: packaged } = await import('@sparticuz/chromium')
  const args = ['--disable-gpu', '--disable-dev-shm-usage']
  return chromium.launch({ executablePath: await packaged.executablePath(), args, chromiumSandbox: false })
}
