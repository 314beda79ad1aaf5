/** For tests: a browser with a key of its own, which can show a channel which one it is. */
import { signedText } from './identity.ts'

export interface TestBrowser {
  /** The frame that proves it to one connection. @param host as the browser asked for the page */
  prove(challenge: unknown, host: string): Promise<{ type: 'identify'; key: string; signature: string }>
}

export async function createBrowser(): Promise<TestBrowser> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  const key = Buffer.from(await crypto.subtle.exportKey('raw', pair.publicKey)).toString('base64url')
  return {
    async prove(challenge, host) {
      const text = new TextEncoder().encode(signedText(String(challenge), host))
      const signed = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, text)
      return { type: 'identify', key, signature: Buffer.from(signed).toString('base64url') }
    },
  }
}
